# A session whose memory a test looks into. It does what it is told line by line on its standard input and answers each
# line with one. The key arrives masked and is put together character by character, so that nothing but the work itself
# can leave it in memory.
param([string] $Module)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module $Module
$key = $null
while ($null -ne ($line = [Console]::In.ReadLine())) {
    $words = $line.Split(' ')
    try {
        switch ($words[0]) {
            'key' {
                $key = [securestring]::new()
                for ($at = 0; $at -lt $words[1].Length; $at += 4) {
                    $key.AppendChar([char]([Convert]::ToUInt16($words[1].Substring($at, 4), 16) -bxor 0x5A5A))
                }
            }
            'rotate' { Set-ByokKey -Id $words[1] -Key $key }
            'create' { $created = New-ByokKey -Provider openai -Key $key -Confirm:$false }
            'file' { Set-ByokKey -Id $words[1] -KeyPath $words[2] }
            'careless' {
                $body = @{ key = ConvertFrom-SecureString $key -AsPlainText } | ConvertTo-Json
                $null = Invoke-RestMethod -Method Patch -Uri "$env:OPENROUTER_BASE_URL/byok/$($words[1])" -ContentType application/json -Body $body -Headers @{ Authorization = "Bearer $env:OPENROUTER_MANAGEMENT_KEY" }
                Remove-Variable body
            }
            'release' { $key.Dispose() }
        }
        if ($words[0] -in 'collect', 'release') {
            foreach ($round in 1..3) {
                [Runtime.GCSettings]::LargeObjectHeapCompactionMode = 'CompactOnce'
                [GC]::Collect(2, 'Forced', $true, $true)
                [GC]::WaitForPendingFinalizers()
            }
        }
        [Console]::Out.WriteLine('done')
    }
    catch {
        [Console]::Out.WriteLine("failed $($_.FullyQualifiedErrorId)")
    }
}

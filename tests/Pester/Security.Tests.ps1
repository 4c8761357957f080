#requires -Version 7.4
# What is shown is looked at with the cmdlets of PowerShell 7.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox -Seed 3

    function New-RawKey {
        $script:Raw = 'sk-' + [Security.Cryptography.RandomNumberGenerator]::GetString('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 48)
        ConvertTo-TestKey $script:Raw
    }

    function Assert-NoSecret([string[]] $Text, [string[]] $Secret = @($script:Raw, $Sandbox.ManagementKey.Substring(9))) {
        $all = $Text -join "`n"
        foreach ($one in $Secret) {
            foreach ($at in 0..($one.Length - 8)) {
                $piece = $one.Substring($at, 8)
                # Off Windows a SecureString that is exported is nothing but hexadecimal digits.
                foreach ($form in $piece, [Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($piece)).ToLowerInvariant()) {
                    if ($all.Contains($form, [StringComparison]::Ordinal)) {
                        $found = $all.IndexOf($form, [StringComparison]::Ordinal)
                        throw "'$form' is shown: ...$($all.Substring([Math]::Max(0, $found - 300), [Math]::Min(600, $all.Length - [Math]::Max(0, $found - 300))))..."
                    }
                }
            }
        }
    }

    function Get-Shown($InputObject) {
        # Every way to look at something.
        foreach ($one in $InputObject) {
            "$one"
            $one | Out-String -Width 1000
            $one | Format-List * -Force | Out-String -Width 1000
            [Management.Automation.PSSerializer]::Serialize($one, 2)
            $cause = $one -is [Management.Automation.ErrorRecord] ? $one.Exception : $one
            if ($cause -isnot [Exception]) {
                $one | ConvertTo-Json -Depth 4 -WarningAction Ignore
                $one | Format-Custom -Depth 4 | Out-String -Width 1000
                continue
            }

            Get-Error -InputObject $one | Out-String -Width 1000
            foreach ($part in $one.InvocationInfo, $one.CategoryInfo, $one.ErrorDetails, $one.TargetObject) {
                $part | Format-List * -Force | Out-String -Width 1000
            }

            for (; $cause; $cause = $cause.InnerException) {
                $cause.ToString()
                $cause | Format-List * -Force | Out-String -Width 1000
            }
        }
    }

    function Invoke-Watched([string] $Script, [hashtable] $Argument = @{}) {
        # In a session of its own, whose streams can all be read, progress too.
        $session = [powershell]::Create()
        try {
            $null = $session.AddScript('param($Module) Import-Module $Module; $VerbosePreference = $DebugPreference = $InformationPreference = "Continue"').AddArgument($ModulePath).Invoke()
            $session.Commands.Clear()
            $null = $session.AddScript($Script).AddParameters($Argument)
            $output = try { $session.Invoke() } catch { $_; $_.Exception.InnerException.ErrorRecord }
            $streams = $session.Streams
            $session.Commands.Clear()
            $errors = $session.AddScript('$Error').Invoke()
            $others = @(foreach ($name in 'Warning', 'Verbose', 'Debug', 'Information', 'Progress') { Get-Shown $streams.$name })
            @{
                Text   = @(Get-Shown $output) + @(Get-Shown $errors) + $others
                Others = $others
                Output = @($output)
                Errors = @($errors)
            }
        }
        finally {
            $session.Dispose()
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Nothing shows a secret' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $key = New-RawKey
        $id = (Get-SandboxKey)[0].id
        $path = Join-Path $TestDrive 'credential.json'
        Set-Content -LiteralPath $path -Value $Raw
    }

    AfterEach { $null = Invoke-SandboxControl POST shape @{} }

    It 'when all goes well' {
        $watched = Invoke-Watched 'param($Key, $Id, $Path) $v = @{ Verbose = $true; Debug = $true }; $c = $v + @{ Confirm = $false } # -Debug alone asks before PowerShell 7.6
            Set-ByokKey $Id -Key $Key -PassThru @c; New-ByokKey openai $Key -Name one @c; New-ByokKey openai -KeyPath $Path @c
            Set-ByokKey $Id -Key ([pscredential]::new("user", $Key)) -WhatIf @v; Get-ByokKey @v; Get-ByokConnection' @{ Key = $key; Id = $id; Path = $path }
        $watched.Errors | Should -BeNullOrEmpty
        (Get-SandboxKey -Id $id).key | Should -BeExactly $Raw
        Assert-NoSecret $watched.Text
    }

    It 'when <_> meets a server that repeats the request' -ForEach @(
        'Status(400)', 'Status(401)', 'StatusAfterCommit(502)', "Redirect('/elsewhere',307)"
    ) {
        $connection = Connect-Byok (ConvertTo-TestKey $Sandbox.ManagementKey) -BaseUri $Sandbox.BaseUri -MaximumRetryCount 1 -RetryIntervalSec 0.01 -PassThru
        $null = Invoke-SandboxControl POST shape @{ echo = $true }
        Set-SandboxFault "*:$_"
        $watched = Invoke-Watched 'param($Key, $Id, $Path, $Connection)
            Set-ByokKey $Id -Key $Key -Connection $Connection -Verbose -Debug -Confirm:$false
            New-ByokKey openai $Key -Connection $Connection -Verbose -Debug -Confirm:$false
            New-ByokKey openai -KeyPath $Path -Connection $Connection -ErrorAction Stop -Verbose' @{
            Key = $key; Id = $id; Path = $path; Connection = $connection
        }
        $watched.Errors | Should -Not -BeNullOrEmpty
        Assert-NoSecret $watched.Text
    }

    It 'when the next command breaks in the middle' {
        $watched = Invoke-Watched 'param($Key, $Id) 1..3 | ForEach-Object { [pscustomobject]@{ Provider = "openai"; Key = $Key; Name = "n$_" } } |
            New-ByokKey -Verbose | ForEach-Object { throw "broken" }' @{ Key = $key; Id = $id }
        "$($watched.Errors[0])" | Should -BeLike '*broken*'
        Assert-NoSecret $watched.Text
    }

    It 'in a row whose other cells are wrong' {
        $watched = Invoke-Watched 'param($Key, $Id) [pscustomobject]@{ Id = $Id; Key = $Key; Disabled = "perhaps" }, [pscustomobject]@{ Id = "none"; Key = $Key } | Set-ByokKey -Verbose' @{ Key = $key; Id = $id }
        $watched.Errors | Should -HaveCount 2
        Assert-NoSecret $watched.Text
    }

    It 'in a transcript' {
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $null = Invoke-SandboxControl POST shape @{ echo = $true }
        Set-SandboxFault 'Create:Status(400)'
        $null = Invoke-NewPowerShell {
            param($Module, $Masked, $Id, $Path, $Transcript)
            Import-Module $Module
            $key = [securestring]::new()
            $Masked | ForEach-Object { $key.AppendChar([char]($_ -bxor 90)) }
            $null = Start-Transcript -Path $Transcript
            Set-ByokKey $Id -Key $key -PassThru -Verbose -Debug -Confirm:$false | Out-Default
            try { New-ByokKey openai $key -Verbose } catch { $_ | Format-List * -Force | Out-Default }
            New-ByokKey openai -KeyPath $Path -Verbose -ErrorAction Continue *>&1 | Out-Default
            $PSBoundParameters | Out-Default
            $null = Stop-Transcript
        } -Argument $ModulePath, @($Raw.ToCharArray() | ForEach-Object { [int]$_ -bxor 90 }), $id, $path, $transcript
        $text = Get-Content -LiteralPath $transcript -Raw
        $text | Should -Match 'VERBOSE'
        $text | Should -Match 'redacted'
        Assert-NoSecret $text
    }

    It 'when plain text was given as a key, beyond the row that holds it' {
        # The row stays in the error's invocation, where the engine keeps it; the module's own part holds nothing.
        $watched = Invoke-Watched 'param($Row) $Row | Set-ByokKey; Set-ByokKey $Row.Id -Key $Row.Key' @{ Row = [pscustomobject]@{ Id = $id; Key = $Raw } }
        $watched.Errors | Should -HaveCount 2
        foreach ($record in $watched.Errors) {
            $record.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
            Assert-NoSecret @("$record", $record.Exception.ToString(), "$($record.TargetObject)", "$($record.CategoryInfo)", "$($record.ErrorDetails)", ($record | Out-String))
        }
        (Get-SandboxRequest -Method PATCH) | Should -BeNullOrEmpty
    }

    It 'when a key stands in the place of an id: <_>' -ForEach @(
        '$Raw | Set-ByokKey', '$Raw | Set-ByokKey -Disabled $true', 'Set-ByokKey $Raw -Disabled $true', 'Set-ByokKey $Raw'
        '$Raw | Remove-ByokKey -Confirm:$false', '$Raw | Remove-ByokKey -WhatIf', 'Remove-ByokKey $Raw -Confirm:$false', '[pscustomobject]@{ Id = $Raw } | Remove-ByokKey -Confirm:$false'
        '$Raw | Get-ByokKey', 'Get-ByokKey -Id $Raw', 'Get-ByokKey -WorkspaceId $Raw', '[pscustomobject]@{ WorkspaceId = $Raw } | Get-ByokKey'
        '[pscustomobject]@{ Id = $Raw; Name = "x" } | Set-ByokKey'
    ) {
        Clear-SandboxRequest
        $watched = Invoke-Watched "param(`$Raw) $_ -Verbose" @{ Raw = $Raw }
        $watched.Errors | Should -HaveCount 1
        $record = $watched.Errors[0]
        $record.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        "$record" | Should -BeLike "*'$($Raw.Substring(0, 6))…'*"

        # The engine keeps the command's arguments with the error; the module's own part, and every other stream, holds nothing.
        Assert-NoSecret @("$record", $record.Exception.ToString(), "$($record.TargetObject)", "$($record.CategoryInfo)", "$($record.ErrorDetails)", ($record | Out-String))
        Assert-NoSecret $watched.Others
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'when a list without a header makes a column name of it' {
        $file = Join-Path $TestDrive 'list.csv'
        Set-Content -LiteralPath $file -Value "openai,$Raw", "groq,$Raw"
        $failure = $null
        Import-Csv $file | New-ByokKey -ErrorVariable failure -ErrorAction SilentlyContinue
        "$failure" | Should -BeLike "*$($Raw.Substring(0, 6))…: no such parameter*"
        Assert-NoSecret @("$failure", "$($failure.TargetObject)")
    }
}

Describe 'Text of the server' {
    AfterEach { $null = Invoke-SandboxControl POST shape @{} }

    It 'cannot paint the terminal' {
        Reset-Sandbox -Seed 3
        $null = Invoke-SandboxControl POST shape @{ control_characters = $true }
        $escape = [char]27
        $keys = Get-ByokKey
        $keys | Should -HaveCount 3
        $PSStyle.OutputRendering = 'PlainText'
        $shown = @($keys | Out-String; $keys | Format-List * -Force | Out-String; $keys | Format-Wide | Out-String; $keys | ConvertTo-Csv) -join ''
        $shown.IndexOfAny([char[]]($escape, 7, 8, 0, 0x9b, 0x202e)) | Should -Be -1
        Set-SandboxFault 'List:ControlCharactersInError(400)'
        $failure = $null
        try { Get-ByokKey -ErrorAction Stop } catch { $failure = $_ }
        ($failure | Out-String).IndexOfAny([char[]]($escape, 7, 8, 0, 0x9b, 0x202e)) | Should -Be -1
    }
}

Describe 'Credential files' {
    BeforeAll {
        Reset-Sandbox -Seed 1
        $id = (Get-SandboxKey)[0].id
    }

    It 'takes <Case>' -ForEach @(
        @{ Case = 'one with a byte order mark'; Bytes = [byte[]](0xEF, 0xBB, 0xBF) + [Text.Encoding]::UTF8.GetBytes("sk-from-a-file-1`r`n"); Key = 'sk-from-a-file-1' }
        @{ Case = 'one of two lines'; Bytes = [Text.Encoding]::UTF8.GetBytes("sk-first`nsecond`n"); Key = "sk-first`nsecond" }
    ) {
        $file = Join-Path $TestDrive 'key.txt'
        [IO.File]::WriteAllBytes($file, $Bytes)
        Set-ByokKey $id -KeyPath $file
        (Get-SandboxKey -Id $id).key | Should -BeExactly $Key
    }

    It 'refuses <Case> and sends nothing' -ForEach @(
        @{ Case = 'an empty one'; Bytes = [byte[]]@(); Says = '*is empty*' }
        @{ Case = 'a binary one'; Bytes = [byte[]](1, 0, 2); Says = '*is binary*' }
        @{ Case = 'one that is too large'; Bytes = [byte[]]::new(70000); Says = '*larger than 64 KiB*' }
        @{ Case = 'one in another encoding'; Bytes = [byte[]](0xFF, 0xFE, 0x73, 0); Says = '*not UTF-8*' }
        @{ Case = 'a folder'; Bytes = $null; Says = '*is a directory*' }
    ) {
        Clear-SandboxRequest
        $file = Join-Path $TestDrive 'bad.txt'
        if ($null -eq $Bytes) { $file = "$TestDrive" } else { [IO.File]::WriteAllBytes($file, $Bytes) }
        { Set-ByokKey $id -KeyPath $file -ErrorAction Stop } | Should -Throw $Says -ErrorId 'ByokBadRequest,*'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'refuses what is no regular file: <_>' -Skip:$IsWindows -ForEach @('a pipe', 'a link to a pipe', 'a device') {
        $pipe = Join-Path $TestDrive "pipe-$([guid]::NewGuid())"
        & mkfifo $pipe
        $path = switch ($_) {
            'a pipe' { $pipe }
            'a link to a pipe' { (New-Item -ItemType SymbolicLink -Path "$pipe.link" -Target $pipe).FullName }
            'a device' { '/dev/zero' }
        }
        { Set-ByokKey $id -KeyPath $path -ErrorAction Stop } | Should -Throw '*is empty or not a regular file*' -ErrorId 'ByokBadRequest,*'
        { New-ByokKey openai -KeyPath $path -ErrorAction Stop } | Should -Throw '*is empty or not a regular file*' -ErrorId 'ByokBadRequest,*'
    }

    It 'takes one that a link names' -Skip:$IsWindows {
        $file = Join-Path $TestDrive 'linked.txt'
        Set-Content -LiteralPath $file -Value 'sk-behind-a-link'
        Set-ByokKey $id -KeyPath (New-Item -ItemType SymbolicLink -Path "$file.link" -Target $file).FullName
        (Get-SandboxKey -Id $id).key | Should -BeExactly 'sk-behind-a-link'
    }

    It 'gives every record the same key, also when the file changes meanwhile' {
        Reset-Sandbox -Seed 2
        $file = Join-Path $TestDrive 'changing.txt'
        Set-Content -LiteralPath $file -Value 'sk-the-first-one'
        Get-ByokKey | ForEach-Object { $_; Set-Content -LiteralPath $file -Value 'sk-another-one' } | Set-ByokKey -KeyPath $file
        (Get-SandboxKey).key | Sort-Object -Unique | Should -BeExactly 'sk-the-first-one'
        1..2 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = "n$_" }; Remove-Item $file -ErrorAction Ignore } | New-ByokKey -KeyPath $file | Should -HaveCount 2
    }

    It 'checks one for the provider of each record' {
        Reset-Sandbox -Seed 8
        $file = Join-Path $TestDrive 'any.txt'
        Set-Content -LiteralPath $file -Value 'sk-no-document'
        Get-ByokKey | Where-Object Provider -In 'openai', 'google-vertex' | Set-ByokKey -KeyPath $file -ErrorVariable failure -ErrorAction SilentlyContinue
        $failure | Should -HaveCount 1
        "$failure" | Should -BeLike '*Vertex demands*'
        (Get-SandboxKey | Where-Object provider -EQ 'openai').key | Should -BeExactly 'sk-no-document'
    }
}

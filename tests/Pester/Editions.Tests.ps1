# What a user does first, in words that Windows PowerShell 5.1 understands too: this file runs in either edition, and so
# needs nothing but Pester, the built module and the built sandbox.
BeforeAll {
    $ErrorActionPreference = 'Stop'
    $root = (Get-Item (Join-Path $PSScriptRoot '../..')).FullName
    Import-Module (Join-Path $root 'out/OpenRouter.Byok/OpenRouter.Byok.psd1')
    $program = $env:BYOK_SANDBOX_PROGRAM
    if (-not $program) {
        $program = (Get-ChildItem (Join-Path $root 'tests/Sandbox/bin/*/net10.0/OpenRouter.Byok.Sandbox.dll') | Sort-Object LastWriteTime)[-1].FullName
    }

    $managementKey = 'sk-or-v1-' + [guid]::NewGuid().ToString('n')
    $start = New-Object Diagnostics.ProcessStartInfo
    $start.FileName = if ($env:DOTNET_HOST_PATH) { $env:DOTNET_HOST_PATH } else { 'dotnet' }
    $start.Arguments = "`"$program`" --SeedCount 12 --ManagementKey $managementKey"
    $start.UseShellExecute = $false
    $start.RedirectStandardInput = $true
    $start.RedirectStandardOutput = $true
    $sandbox = [Diagnostics.Process]::Start($start)
    $before = $env:OPENROUTER_BASE_URL
    $env:OPENROUTER_BASE_URL = $sandbox.StandardOutput.ReadLine()

    function ConvertTo-TestKey([string] $Text) { ConvertTo-SecureString $Text -AsPlainText -Force }
}

AfterAll {
    Disconnect-Byok
    $env:OPENROUTER_BASE_URL = $before
    $sandbox.StandardInput.Close()
    if (-not $sandbox.WaitForExit(5000)) { $sandbox.Kill() }
}

Describe 'In this edition of PowerShell' {
    It 'loads the assembly of the edition, and the HTTP core only with the first request' {
        $target = $PSVersionTable.PSEdition
        (Get-Command Get-ByokKey).DLL | Should -BeLike "*$target*"
        [OpenRouter.Byok.ByokKey].Assembly.Location | Should -BeLike "*$target*"
    }

    It 'connects and lists' {
        Connect-Byok (ConvertTo-TestKey $managementKey)
        $keys = @(Get-ByokKey)
        $keys.Count | Should -Be 12
        $keys[0] | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        @(Get-ByokKey 'openai*').Count | Should -Be 2
        @(Get-ByokWorkspace).Count | Should -Be 1
        ($keys | Out-String -Width 120) | Should -Match 'openai key 00001'
    }

    It 'creates, rotates and deletes' {
        $key = New-ByokKey openai (ConvertTo-TestKey 'sk-0123456789-first') -Name mine -AllowedModels a/b, c/d
        $key | Set-ByokKey -Key (ConvertTo-TestKey 'sk-0123456789-later')
        (Get-ByokKey -Id $key.Id).Label | Should -Be 'sk-...ater'
        $key | Remove-ByokKey -Confirm:$false
        { Get-ByokKey -Id $key.Id -ErrorAction Stop } | Should -Throw -ErrorId 'ByokNotFound*'
    }

    It 'writes a CSV file and reads it back' {
        $path = Join-Path $TestDrive 'inventory.csv'
        Get-ByokKey | Export-Csv $path -NoTypeInformation -Encoding UTF8
        $rows = @(Import-Csv $path -Encoding UTF8)
        $rows[0].Disabled = 'TRUE'
        $rows | Set-ByokKey
        @(Get-ByokKey | Where-Object Disabled).Count | Should -Be 1
    }

    It 'does nothing with -WhatIf, and refuses a key in plain text without repeating it' {
        Get-ByokKey | Remove-ByokKey -WhatIf
        @(Get-ByokKey).Count | Should -Be 12
        $refused = $null
        try { Set-ByokKey ([guid]::NewGuid()) -Key 'sk-plain-canary-1' } catch { $refused = "$_" }
        $refused | Should -Match 'plain text'
        $refused | Should -Not -Match 'canary'
    }

    It 'says in one error that the key is wrong' {
        { Connect-Byok (ConvertTo-TestKey 'not-the-key') } | Should -Throw -ErrorId 'ByokUnauthorized*'
        @(Get-ByokKey).Count | Should -Be 12
    }

    It 'keeps its dependencies in its own folder' {
        [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'Microsoft.Extensions.Http' } |
            ForEach-Object Location | Should -BeLike '*OpenRouter.Byok*dependencies*'
    }
}

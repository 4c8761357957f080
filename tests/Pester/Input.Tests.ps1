# What input a command takes, what it takes of it, and what it refuses instead of doing something else.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    function Get-SentBody { @(Get-SandboxRequest | Where-Object method -In POST, PATCH).body }
}

AfterAll { Stop-Sandbox }

Describe 'What is typed for -InputObject' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $keys = Get-ByokKey
        $secret = 'sk-created-000001' | ConvertTo-TestKey
        Clear-SandboxRequest
    }

    It 'gives its id and nothing else: <Case>' -ForEach @(
        @{ Case = 'a key'; Make = { $args[0] } }
        @{ Case = 'a key that was a file'; Make = {
                $path = Join-Path $TestDrive key.xml
                $args[0] | Export-Clixml $path
                Import-Clixml $path
            }
        }
    ) {
        foreach ($key in $keys) { Set-ByokKey -InputObject (& $Make $key) -Disabled $true }
        Get-SentBody | Should -HaveCount 3
        Get-SentBody | Sort-Object -Unique | Should -BeExactly '{"disabled":true}'
        (Get-ByokKey -InputObject (& $Make $keys[1])).Id | Should -Be $keys[1].Id
        Remove-ByokKey -InputObject (& $Make $keys[1]) -Confirm:$false
        (Get-SandboxKey).id | Should -Be $keys[0, 2].Id
    }

    It 'changes nothing by itself' {
        Set-ByokKey -InputObject $keys[0] -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -BeLike 'Nothing to change*'
        Get-SentBody | Should -BeNullOrEmpty
    }
}

Describe 'A hashtable' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $keys = Get-ByokKey
        $secret = 'sk-created-000001' | ConvertTo-TestKey
        Clear-SandboxRequest
    }

    It 'is a row: <Command>' -ForEach @(
        @{ Command = 'Set-ByokKey'; Try = { @{ Id = $keys[0].Id; Disabled = 'true' } | Set-ByokKey } }
        @{ Command = 'Set-ByokKey, ordered'; Try = { [ordered]@{ Id = $keys[0].Id; Disabled = $true } | Set-ByokKey } }
        @{ Command = 'New-ByokKey'; Try = { $null = @{ Name = 'x'; Disabled = $true } | New-ByokKey openai $secret } }
    ) {
        . $Try
        Get-SentBody | Should -HaveCount 1
        Get-SentBody | Should -BeLike '*"disabled":true*'
    }

    It 'is refused where it has an unknown key' {
        @{ Id = $keys[0].Id; Owner = 'somebody' } | Set-ByokKey -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures[0].Exception.Message | Should -BeLike 'Row 1, column Owner:*'
        Get-SentBody | Should -BeNullOrEmpty
    }
}

Describe 'A record whose own input fails' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $keys = Get-ByokKey
        $secret = 'sk-created-000001' | ConvertTo-TestKey
        $gone = 'sk-created-000002' | ConvertTo-TestKey
        $gone.Dispose()
        Clear-SandboxRequest
    }

    It 'fails alone in <Command>: <Case>' -ForEach @(
        foreach ($command in 'New-ByokKey', 'Set-ByokKey') {
            @{ Command = $command; Case = 'a drive that is not there'; Column = 'KeyPath'; Value = { 'Q:/key.json' } }
            @{ Command = $command; Case = 'a path of another provider'; Column = 'KeyPath'; Value = { 'Env:PATH' } }
            @{ Command = $command; Case = 'a document in a path''s place'; Column = 'KeyPath'; Value = { '{"private_key":"plain-secret"}' } }
            @{ Command = $command; Case = 'a file that is not there'; Column = 'KeyPath'; Value = { Join-Path $TestDrive 'none' } }
            @{ Command = $command; Case = 'a key that was disposed of'; Column = 'Key'; Value = { $gone } }
        }
    ) {
        $rows = $keys | ForEach-Object { [pscustomobject]@{ Id = $_.Id; Provider = 'openai'; Key = $secret; KeyPath = '' } }
        $rows[1].Key = $null
        $rows[1].$Column = & $Value
        $rows[1] = $rows[1] | Select-Object Id, Provider, $Column
        $rows | & $Command -ErrorAction SilentlyContinue -ErrorVariable failures | Out-Null
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        ($failures[0] | Format-List * -Force | Out-String) | Should -Not -Match 'plain-secret|private_key'
        Get-SentBody | Should -HaveCount 2
    }

    It 'is said once where the command line names it: <Path>' -ForEach @{ Path = 'Q:/key.json' }, @{ Path = 'Env:PATH' } {
        { $keys | Set-ByokKey -KeyPath $Path -ErrorAction Continue } | Should -Throw '*KeyPath*path of the file system*' -ErrorId 'ByokBadRequest,*'
        Get-SentBody | Should -BeNullOrEmpty
    }

    It 'is no matter where the failing property is none that is read: <Command>' -ForEach @(
        @{ Command = 'Get-ByokKey'; Try = { ($rows | Get-ByokKey).Id | Should -Be $keys.Id } }
        @{ Command = 'Remove-ByokKey'; Try = { $rows | Remove-ByokKey -Confirm:$false; Get-SandboxKey | Should -BeNullOrEmpty } }
    ) {
        $rows = $keys | Select-Object Id, Owner
        $rows[1] | Add-Member ScriptProperty Owner { throw 'There is no owner.' } -Force
        & $Try
    }

    It 'is a column like any other where nobody asked for it' {
        $rows = $keys | Select-Object Id, IsRequired
        $rows[1] | Add-Member ScriptProperty Owner { throw 'There is no owner.' }
        $rows | Set-ByokKey -Disabled $true -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].Exception.Message | Should -BeLike '*Row 2*Owner*unknown*'
        Get-SentBody | Should -HaveCount 2
    }
}

Describe 'A filter that is blank, as of a variable that is not set, does not stand for everything' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $secret = 'sk-created-000001' | ConvertTo-TestKey
    }

    It '<Command>' -ForEach @(
        @{ Command = 'Get-ByokKey $null | Remove-ByokKey'; Try = { Get-ByokKey $null | Remove-ByokKey -Confirm:$false } }
        @{ Command = 'Get-ByokKey -Name name, $null'; Try = { Get-ByokKey -Name 'openai*', $null } }
        @{ Command = 'Get-ByokKey -Provider $null | Set-ByokKey'; Try = { Get-ByokKey -Provider $null | Set-ByokKey -Disabled $true } }
        @{ Command = 'Get-ByokKey -Provider "" | Set-ByokKey'; Try = { Get-ByokKey -Provider '' | Set-ByokKey -Disabled $true } }
        @{ Command = 'Get-ByokKey -Provider provider, ""'; Try = { Get-ByokKey -Provider openai, '' } }
        @{ Command = 'Get-ByokKey -Provider @()'; Try = { Get-ByokKey -Provider @() } }
        @{ Command = 'Get-ByokKey -WorkspaceId $null'; Try = { Get-ByokKey -WorkspaceId $null } }
        @{ Command = 'Get-ByokKey -WorkspaceId ""'; Try = { Get-ByokKey -WorkspaceId '' } }
        @{ Command = 'Get-ByokWorkspace -Name $null'; Try = { Get-ByokWorkspace -Name $null } }
        @{ Command = 'Get-ByokWorkspace ""'; Try = { Get-ByokWorkspace '' } }
        @{ Command = 'Connect-Byok -WorkspaceId $null'; Try = { Connect-Byok $secret -WorkspaceId $null } }
    ) {
        { & $Try } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'an empty name is the nameless, and a name that nobody has is nobody' {
        Reset-Sandbox -Seed 4 -NamelessEvery 2
        Get-ByokKey -Name '' | Should -HaveCount 2
        { Get-ByokKey -Name nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ByokNotFound,*'
        Get-ByokKey -Name 'nobody*' | Should -BeNullOrEmpty
        { Get-ByokWorkspace nobody -ErrorAction Stop } | Should -Throw -ErrorId 'ByokNotFound,*'
    }

    It 'New-ByokKey: <Case>' -ForEach @(
        @{ Case = 'a workspace that nobody found'; Try = { New-ByokKey openai $secret -WorkspaceId (Get-ByokWorkspace 'Tema*').Id } }
        @{ Case = 'a blank workspace'; Try = { New-ByokKey openai $secret -WorkspaceId ' ' } }
        @{ Case = 'a workspace that a script block does not find'; Try = { [pscustomobject]@{ Name = 'x' } | New-ByokKey openai $secret -WorkspaceId { $null } } }
        @{ Case = 'a provider that a script block does not find'; Try = { [pscustomobject]@{ Name = 'x' } | New-ByokKey -Key $secret -Provider { '' } } }
    ) {
        { $ErrorActionPreference = 'Stop'; & $Try } | Should -Throw '*blank*' -ErrorId 'ByokBadRequest,*'
        Get-SentBody | Should -BeNullOrEmpty
    }

    It 'New-ByokKey takes a blank cell as left out' {
        [pscustomobject]@{ Provider = 'openai'; WorkspaceId = '' } | New-ByokKey -Key $secret | Should -HaveCount 1
    }
}

Describe 'Keys that are given by their ids' {
    BeforeAll {
        Reset-Sandbox -Seed 6
        $ids = (Get-SandboxKey).id
    }

    BeforeEach { Clear-SandboxRequest }

    It 'come out all, so a part of them is refused: <Command>' -ForEach @(
        @{ Command = '-Id -First'; Try = { Get-ByokKey -Id $ids -First 1 } }
        @{ Command = '-Id -Skip'; Try = { Get-ByokKey -Id $ids -Skip 1 } }
        @{ Command = '-Id -IncludeTotalCount'; Try = { Get-ByokKey -Id $ids -IncludeTotalCount } }
        @{ Command = 'ids | -First'; Try = { $ids | Get-ByokKey -First 1 | Remove-ByokKey -Confirm:$false } }
    ) {
        { & $Try } | Should -Throw '*Select-Object*' -ErrorId 'ByokBadRequest,*'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'do not bind together with filters: <Command>' -ForEach @(
        @{ Command = 'ids | -Name'; Try = { $ids | Get-ByokKey -Name 'Old*' -ErrorAction SilentlyContinue -ErrorVariable failures | Remove-ByokKey -Confirm:$false } }
        @{ Command = 'rows | -Provider'; Try = { $ids | ForEach-Object { [pscustomobject]@{ Id = $_ } } | Get-ByokKey -Provider openai -ErrorAction SilentlyContinue -ErrorVariable failures } }
    ) {
        . $Try
        $failures | Should -HaveCount 6
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'are not the keys of piped workspaces, of which a part can be had' {
        Get-ByokWorkspace | Get-ByokKey -First 2 | Should -HaveCount 2
        Get-ByokWorkspace | Get-ByokKey -Provider openai | Should -HaveCount 1
    }

    It 'are named by their row where there is none: <Command>' -ForEach @(
        @{ Command = 'Get-ByokKey'; Try = { $rows | Get-ByokKey @quiet } }
        @{ Command = 'Set-ByokKey'; Try = { $rows | Set-ByokKey -Name same @quiet } }
        @{ Command = 'Remove-ByokKey'; Try = { $rows | Remove-ByokKey -WhatIf @quiet } }
    ) {
        $rows = [pscustomobject]@{ Id = $ids[0] }, [pscustomobject]@{ Id = '' }, [pscustomobject]@{ Id = $ids[2] }
        $failures = @()
        $quiet = @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = '+failures' }
        . $Try
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $failures[0].Exception.Message | Should -BeLike 'Row 2, column Id:*'
    }
}

Describe 'A key and a file at once' {
    It 'are refused in plain words' {
        Reset-Sandbox
        $secret = 'sk-created-000001' | ConvertTo-TestKey
        { New-ByokKey openai $secret -KeyPath x } | Should -Throw '*Key and KeyPath cannot be combined*' -ErrorId 'ByokBadRequest,*'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }
}

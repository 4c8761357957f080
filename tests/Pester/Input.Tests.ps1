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
        @{ Case = 'an id'; Make = { $args[0].Id } }
        @{ Case = 'a row with an id'; Make = { [pscustomobject]@{ Id = $args[0].Id } } }
        @{ Case = 'a hashtable with an id'; Make = { @{ Id = $args[0].Id } } }
        @{ Case = 'a key that was a file'; Make = {
                $path = Join-Path $TestDrive key.xml
                $args[0] | Export-Clixml $path
                Import-Clixml $path
            }
        }
    ) {
        foreach ($key in $keys) { Set-ByokKey -InputObject (& $Make $key) -Disabled }
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

    It 'is refused where it has more columns, which nobody would read: <Command>' -ForEach @(
        @{ Command = 'Set-ByokKey'; Try = { Set-ByokKey -InputObject ([pscustomobject]@{ Id = $keys[0].Id; Disabled = $true }) -IsRequired } }
        @{ Command = 'New-ByokKey'; Try = { New-ByokKey openai $secret -InputObject ([pscustomobject]@{ Name = 'x'; Disabled = $true }) } }
    ) {
        $caught = try { & $Try } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $caught.Exception.Message | Should -BeLike '*Disabled*pipe the row*'
        Get-SentBody | Should -BeNullOrEmpty
    }

    It 'is a workspace for Get-ByokKey' {
        Get-ByokKey -InputObject (Get-ByokWorkspace)[0] | Should -HaveCount 3
    }
}

Describe 'A hashtable' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $keys = Get-ByokKey
        $secret = 'sk-created-000001' | ConvertTo-TestKey
        Clear-SandboxRequest
    }

    It 'is refused as a row, alone, and the message says to cast it: <Command>' -ForEach @(
        @{ Command = 'Set-ByokKey'; Try = { @{ Id = $keys[0].Id; Disabled = $true }, [pscustomobject]@{ Id = $keys[1].Id; Disabled = $true } | Set-ByokKey @quiet } }
        @{ Command = 'Set-ByokKey, ordered'; Try = { [ordered]@{ Id = $keys[0].Id; Disabled = $true }, [pscustomobject]@{ Id = $keys[1].Id; Disabled = $true } | Set-ByokKey @quiet } }
        @{ Command = 'New-ByokKey'; Try = { @{ Name = 'x'; Disabled = $true }, [pscustomobject]@{ Name = 'y'; Disabled = $true } | New-ByokKey openai $secret @quiet } }
    ) {
        $quiet = @{ ErrorAction = 'SilentlyContinue'; ErrorVariable = '+failures' }
        $failures = @()
        $null = . $Try
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $failures[0].Exception.Message | Should -BeLike '*Row 1*Disabled*`[pscustomobject`]*'
        Get-SentBody | Should -HaveCount 1
        Get-SentBody | Should -BeLike '*"disabled":true*'
    }

    It 'is taken where it is cast' {
        [pscustomobject]@{ Id = $keys[0].Id; Disabled = $true } | Set-ByokKey
        Get-SentBody | Should -BeExactly '{"disabled":true}'
    }

    It 'gives the id to Get- and Remove-ByokKey, whatever else it has' {
        (@{ Id = $keys[1].Id; Owner = 'somebody' } | Get-ByokKey).Id | Should -Be $keys[1].Id
        @{ Id = $keys[1].Id; Owner = 'somebody' } | Remove-ByokKey -Confirm:$false
        (Get-SandboxKey).id | Should -Be $keys[0, 2].Id
    }
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    function Get-SentBody { @(Get-SandboxRequest -Method PATCH).body }
}

AfterAll { Stop-Sandbox }

Describe 'Set-ByokKey' {
    BeforeEach {
        Reset-Sandbox -Seed 4
        $secret = 'sk-rotated-000001' | ConvertTo-TestKey
        $k = Get-ByokKey -First 1
        Clear-SandboxRequest
    }

    It 'rotates in place: the key alone is sent, and the server holds it' {
        $k | Set-ByokKey -Key $secret | Should -BeNullOrEmpty
        Get-SentBody | Should -BeExactly '{"key":"sk-rotated-000001"}'
        (Get-SandboxKey -Id $k.Id).key | Should -Be 'sk-rotated-000001'
    }

    It 'rotates from a file' {
        'sk-from-a-file-7' | Set-Content TestDrive:/key.txt
        Set-ByokKey $k.Id -KeyPath TestDrive:/key.txt
        (Get-SandboxKey -Id $k.Id).key | Should -Be 'sk-from-a-file-7'
    }

    It 'takes of <Case> the id and nothing else' -ForEach @(
        @{ Case = 'a piped key'; Make = { Get-ByokKey } }
        @{ Case = 'a piped id'; Make = { (Get-SandboxKey).id } }
        @{ Case = 'a key that was a file'; Make = {
                $path = Join-Path $TestDrive keys.xml
                Get-ByokKey | Export-Clixml $path
                Import-Clixml $path
            }
        }
        @{ Case = 'a key of a job'; Make = { Start-Job { Import-Module $using:ModulePath; Get-ByokKey } | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        & $Make | Set-ByokKey -Disabled $true
        Get-SentBody | Should -HaveCount 4
        Get-SentBody | Sort-Object -Unique | Should -BeExactly '{"disabled":true}'
        (Get-SandboxKey).disabled | Sort-Object -Unique | Should -BeTrue
    }

    It 'takes several ids' {
        Set-ByokKey -Id (Get-SandboxKey).id[0, 2] -Name same
        (Get-SandboxKey | Where-Object name -EQ same).id | Should -Be (Get-SandboxKey).id[0, 2]
    }

    It 'takes rows by property name' {
        $rows = @"
Id,Name,IsRequired,DeclaredZdr,AllowedModels
$($k.Id),by row,true,false,a/b;c/d
"@ | ConvertFrom-Csv
        $rows | Set-ByokKey
        Get-SentBody | Should -BeExactly '{"name":"by row","is_required":true,"declared_zdr":false,"allowed_models":["a/b","c/d"]}'
    }

    It 'does not keep for the next row what the row before gave' {
        $ids = (Get-SandboxKey).id
        [pscustomobject]@{ Id = $ids[0]; Name = 'one'; Disabled = $true }, [pscustomobject]@{ Id = $ids[1]; IsRequired = $true } | Set-ByokKey
        Get-SentBody | Sort-Object | Should -Be '{"is_required":true}', '{"name":"one","disabled":true}'
    }

    It 'asks a script block for each key: -Name { ... }' {
        Get-ByokKey | Set-ByokKey -Name { "$($_.Name) (old)" }
        (Get-SandboxKey).name | ForEach-Object { $_ | Should -BeLike '* key * (old)' }
        Get-SentBody | ForEach-Object { ($_ | ConvertFrom-Json).PSObject.Properties.Name | Should -Be 'name' }
    }

    It 'asks a script block for each key: -Key { ... }' {
        Get-ByokKey | Set-ByokKey -Key { "sk-for-$($_.Provider)-0001" | ConvertTo-TestKey }
        Get-SandboxKey | ForEach-Object { $_.key | Should -Be "sk-for-$($_.provider)-0001" }
        Get-SentBody | ForEach-Object { ($_ | ConvertFrom-Json).PSObject.Properties.Name | Should -Be 'key' }
    }

    It 'sends off for -Disabled:$false, which enables' {
        $k | Set-ByokKey -Disabled $true
        $k | Set-ByokKey -Disabled $false
        Get-SentBody | Should -Be '{"disabled":true}', '{"disabled":false}'
        (Get-SandboxKey -Id $k.Id).disabled | Should -BeFalse
    }

    It 'clears with $null: -<Name>' -ForEach @(
        @{ Name = 'Name'; Field = 'name' }
        @{ Name = 'DeclaredZdr'; Field = 'declared_zdr' }
        @{ Name = 'AllowedModels'; Field = 'allowed_models' }
        @{ Name = 'AllowedApiKeyHashes'; Field = 'allowed_api_key_hashes' }
        @{ Name = 'AllowedUserIds'; Field = 'allowed_user_ids' }
    ) {
        $change = @{ $Name = $null }
        $k | Set-ByokKey @change
        Get-SentBody | Should -BeExactly "{`"$Field`":null}"
    }

    It 'counts empty text as left out' {
        $k | Set-ByokKey -Name '' -IsRequired $true
        Get-SentBody | Should -BeExactly '{"is_required":true}'
    }

    It 'refuses an empty list before anything is sent: -<_>' -ForEach 'AllowedModels', 'AllowedApiKeyHashes', 'AllowedUserIds' {
        $change = @{ $_ = @() }
        { $k | Set-ByokKey @change } | Should -Throw -ErrorId 'ByokBadRequest,*'
        Get-SentBody | Should -BeNullOrEmpty
    }

    It 'says that there is nothing to change, and sends nothing' {
        $k | Set-ByokKey -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -BeLike "Nothing to change*$($k.Id)*"
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'is quiet, and gives the changed key with -PassThru' {
        $k | Set-ByokKey -IsRequired $true | Should -BeNullOrEmpty
        $changed = $k | Set-ByokKey -Name new -PassThru
        $changed | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        $changed.Name, $changed.IsRequired | Should -Be 'new', $true
    }

    It 'gives changed keys in the order of the input although they are sent side by side' {
        Reset-Sandbox -Seed 60
        $null = Invoke-SandboxControl POST latency @{ milliseconds = 1; jitter = 30 }
        (Get-ByokKey | Set-ByokKey -IsRequired $true -PassThru -ThrottleLimit 16).Id | Should -Be (Get-SandboxKey).id
        (Invoke-SandboxControl GET status).max_concurrent | Should -BeGreaterThan 1
    }

    It 'reads but changes nothing with -WhatIf' {
        Get-ByokKey | Set-ByokKey -Disabled $true -WhatIf
        Get-SentBody | Should -BeNullOrEmpty
    }

    It 'is the API''s limit where fields exclude each other' {
        { $k | Set-ByokKey -IsFallback $true -IsByokOnly $true -ErrorAction Stop } | Should -Throw -ErrorId 'ByokBadRequest,*'
        Get-SentBody | Should -BeNullOrEmpty
    }
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
}

AfterAll { Stop-Sandbox }

Describe 'An inventory goes out to a CSV file and comes back' {
    BeforeEach {
        Reset-Sandbox -Seed 10 -GlobalEvery 3 -NamelessEvery 4
        $keys = Get-ByokKey
        $keys[0] | Set-ByokKey -AllowedModels 'openai/gpt-4o', 'openai/o3' -DeclaredZdr $true -IsFallback $true
        $keys[1] | Set-ByokKey -AllowedUserIds 'user;odd', ' spaced ', 'quo"ted' -DeclaredZdr $false
        $keys = Get-ByokKey
        $path = Join-Path $TestDrive 'inventory.csv'
        $keys | Export-Csv $path
        Clear-SandboxRequest
    }

    It 'holds lists as text and not as type names' {
        (Import-Csv $path)[0].AllowedModels | Should -Be 'openai/gpt-4o;openai/o3'
        Get-Content $path -Raw | Should -Not -Match 'System\.|OpenRouter\.Byok\.AllowList'
    }

    It 'changes nothing when it is imported as it is' {
        Import-Csv $path | Set-ByokKey
        $after = Get-ByokKey
        for ($i = 0; $i -lt $keys.Count; $i++) {
            ($after[$i] | ConvertTo-Json -Depth 4) | Should -Be ($keys[$i] | ConvertTo-Json -Depth 4)
        }
    }

    It 'says with -WhatIf, per row, what would change from what to what, and sends no change' {
        $rows = Import-Csv $path
        $rows[0].Disabled = 'TRUE'
        $rows[1].Name = 'renamed'
        $rows[2].AllowedModels = 'a/b;c/d'
        $rows | Export-Csv $path

        # The host's own output is where -WhatIf speaks; a transcript hears it.
        $transcript = Join-Path $TestDrive 'whatif.txt'
        Start-Transcript $transcript | Out-Null
        try { Import-Csv $path | Set-ByokKey -WhatIf } finally { Stop-Transcript | Out-Null }
        $said = (Get-Content $transcript) -match '^What if'
        $said | Should -HaveCount 3
        $said[0] | Should -BeLike "*$($keys[0].Id)*Disabled from False to True*"
        $said[1] | Should -BeLike "*$($keys[1].Id)*Name from '$($keys[1].Name)' to 'renamed'*"
        $said[2] | Should -BeLike "*$($keys[2].Id)*AllowedModels from (none) to a/b;c/d*"
        @(Get-SandboxRequest | Where-Object method -NE 'GET') | Should -BeNullOrEmpty
    }

    It 'sends one request per row, without reading first, when it is meant' {
        $rows = Import-Csv $path
        $rows[0].Disabled = 'true'
        $rows | Set-ByokKey
        $requests = @(Get-SandboxRequest)
        $requests | Should -HaveCount 10
        ($requests.method | Sort-Object -Unique) | Should -Be 'PATCH'
        (Get-ByokKey -Id $keys[0].Id).Disabled | Should -BeTrue
    }

    It 'counts a blank cell as left out, and says so with -Verbose' {
        $said = [pscustomobject]@{ Id = $keys[0].Id; Name = ''; Disabled = ' '; AllowedModels = ''; DeclaredZdr = ''; IsRequired = 'true' } | Set-ByokKey -Verbose 4>&1
        @(Get-SandboxRequest)[0].body | Should -Be '{"is_required":true}'
        @($said -match 'is blank') | Should -HaveCount 4
    }
}

Describe 'A row that is wrong fails alone' {
    BeforeEach {
        Reset-Sandbox -Seed 4
        $keys = Get-ByokKey
        Clear-SandboxRequest
    }

    It '<Case>' -ForEach @(
        @{ Case = 'an unknown column'; Column = 'Dissabled'; Value = 'true'; Says = '*Row 2*Dissabled*' }
        @{ Case = 'a truth value that is none'; Column = 'Disabled'; Value = 'perhaps'; Says = '*Row 2*Disabled*' }
        @{ Case = 'a declaration that is none'; Column = 'DeclaredZdr'; Value = '2'; Says = '*Row 2*DeclaredZdr*' }
        @{ Case = 'a hash that is none'; Column = 'AllowedApiKeyHashes'; Value = 'abc'; Says = '*Row 2*AllowedApiKeyHashes*' }
        @{ Case = 'a list with an open quote'; Column = 'AllowedModels'; Value = '"a;b'; Says = '*Row 2*AllowedModels*' }
        @{ Case = 'a name that is too long'; Column = 'Name'; Value = 'x' * 256; Says = '*Row 2*Name*255*' }
        @{ Case = 'a key in plain text'; Column = 'Key'; Value = 'sk-plain-secret-in-a-file'; Says = '*Row 2*Key*plain text*' }
        @{ Case = 'an id that is none'; Column = 'Id'; Value = 'key-2'; Says = '*UUID*' }
    ) {
        $rows = $keys | ForEach-Object { [pscustomobject]@{ Id = $_.Id; IsRequired = 'true' } }
        $rows[1] | Add-Member -NotePropertyName $Column -NotePropertyValue $Value -Force
        $rows | Set-ByokKey -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $failures[0].Exception.Message | Should -BeLike $Says
        ($failures[0] | Format-List * -Force | Out-String) | Should -Not -Match 'plain-secret'
        @(Get-SandboxRequest | Where-Object method -EQ PATCH) | Should -HaveCount 3
    }
}

Describe 'A rotation list' {
    BeforeEach {
        Reset-Sandbox -Seed 20
        $keys = Get-ByokKey
        Clear-SandboxRequest
    }

    It 'takes keys from a vault by a calculated property: one request per row' {
        function Get-Secret([string] $Name) { ConvertTo-TestKey "sk-from-the-vault-$Name" }
        $path = Join-Path $TestDrive 'rotation.csv'
        $keys | Select-Object Id | Export-Csv $path
        Import-Csv $path | Select-Object Id, @{ Name = 'Key'; Expression = { Get-Secret $_.Id } } | Set-ByokKey
        $requests = @(Get-SandboxRequest)
        $requests | Should -HaveCount 20
        $stored = Get-SandboxKey
        foreach ($key in $keys) {
            ($stored | Where-Object id -EQ $key.Id).key | Should -Be "sk-from-the-vault-$($key.Id)"
        }
    }

    It 'fails alone where the vault has no key' {
        function Get-Secret([string] $Name) { if ($Name -ne $keys[3].Id) { ConvertTo-TestKey "sk-from-the-vault-$Name" } }
        $keys | Select-Object Id, @{ Name = 'Key'; Expression = { Get-Secret $_.Id } } | Set-ByokKey -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures | Should -HaveCount 1
        $failures[0].TargetObject | Should -Be $keys[3].Id
        @(Get-SandboxRequest) | Should -HaveCount 19
    }
}

Describe 'An inventory that cannot show a name as it is' {
    It 'is read back without renaming: <Case>' -ForEach @(
        @{ Case = 'a new line'; Name = "two`nlines"; Column = 'Name' }
        @{ Case = 'a mark that turns the direction'; Name = "a$([char]0x202E)b"; Column = 'Name' }
        @{ Case = 'an entry of a list'; Name = 'plain'; Models = "a/b$([char]7)"; Column = 'AllowedModels' }
    ) {
        Reset-Sandbox
        $null = New-ByokKey openai (ConvertTo-TestKey 'sk-some-key-0123456789') -Name $Name -AllowedModels $Models
        $before = Get-SandboxKey
        $path = Join-Path $TestDrive 'inventory.csv'
        Get-ByokKey | Export-Csv $path -Encoding utf8
        Import-Csv $path | ForEach-Object { $_.Disabled = 'true'; $_ } | Set-ByokKey -WarningVariable warnings -WarningAction SilentlyContinue
        $after = Get-SandboxKey
        $after.disabled | Should -BeTrue
        $after.name | Should -BeExactly $before.name
        $after.allowed_models | Should -Be $before.allowed_models
        $warnings | Should -HaveCount 1
        $warnings[0].Message | Should -BeLike "Row 1, column $Column*was not sent*"

        Import-Csv $path | Set-ByokKey -Name 'x' -AllowedModels 'c/d' -WarningVariable warnings
        (Get-SandboxKey).name | Should -Be 'x'
        $warnings | Should -BeNullOrEmpty
    }

    It 'keeps the marks that names in Hebrew and Arabic need' {
        Reset-Sandbox
        $name = "$([char]0x200F)$([char]0x05D0)!$([char]0x200E)"
        $null = New-ByokKey openai (ConvertTo-TestKey 'sk-some-key-0123456789') -Name $name
        (Get-ByokKey).Name | Should -BeExactly $name
    }
}

Describe 'The target of an error' {
    It 'is the id, the name and provider, or the number of the row' {
        Reset-Sandbox -Seed 2
        $id = (Get-SandboxKey)[0].id
        $key = ConvertTo-TestKey 'sk-some-key-0123456789'
        [pscustomobject]@{ Id = $id; Disabled = 'perhaps' }, [pscustomobject]@{ Id = ''; Disabled = 'true' }, [pscustomobject]@{ Disabled = 'true' } |
            Set-ByokKey -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures.TargetObject | Should -Be $id, 'Row 2', 'Row 3'
        @{ Name = 'x' } | Remove-ByokKey -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failures
        $failures.TargetObject | Should -Be 'Row 1'
        Set-SandboxFault 'Create:Status(400)'
        [pscustomobject]@{ Provider = 'openai' }, [pscustomobject]@{ Provider = 'openai'; Name = 'team'; Key = $key } |
            New-ByokKey -ErrorAction SilentlyContinue -ErrorVariable failures
        Set-SandboxFault
        $failures.TargetObject | Should -Be 'Row 1', 'team (openai)'
    }
}

Describe 'Onboarding from a CSV file' {
    BeforeEach { Reset-Sandbox }

    It 'creates a credential per row, two for two rows that are alike, and gives them back in order' {
        $rows = 'openai', 'anthropic', 'openai', 'openai' | ForEach-Object { [pscustomobject]@{ Provider = $_; Name = 'team'; Disabled = 'true'; Key = ConvertTo-TestKey 'sk-alike-0123456789' } }
        $created = $rows | New-ByokKey
        $created.Provider | Should -Be $rows.Provider
        ($created.Id | Sort-Object -Unique) | Should -HaveCount 4
        $created.Disabled | Should -Be $true, $true, $true, $true
    }

    It 'takes credential files by a column' {
        $file = Join-Path $TestDrive 'account.json'
        '{"type":"service_account","project_id":"p","private_key":"-----BEGIN","client_email":"a@b"}' | Set-Content $file
        [pscustomobject]@{ Provider = 'google-vertex'; KeyPath = $file } | New-ByokKey | Should -HaveCount 1
        @(Get-SandboxKey)[0].key | Should -Be (Get-Content $file -Raw).Trim()
    }

    It 'names what a credential file lacks' {
        $file = Join-Path $TestDrive 'wrong.json'
        '{"type":"service_account","project_id":"p"}' | Set-Content $file
        { New-ByokKey google-vertex -KeyPath $file } | Should -Throw '*private_key, client_email*'
        '[{"resource_name":"r"}]' | Set-Content $file
        { New-ByokKey azure -KeyPath $file } | Should -Throw '*api_key*'
        '{"accessKeyId":"a","region":"r"}' | Set-Content $file
        { New-ByokKey amazon-bedrock -KeyPath $file } | Should -Throw '*secretAccessKey*'
        { New-ByokKey amazon-bedrock -KeyPath (Join-Path $TestDrive 'none.json') } | Should -Throw '*does not exist*'
        Get-SandboxKey | Should -BeNullOrEmpty
    }
}

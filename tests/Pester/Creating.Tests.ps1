BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    # The body of the only create that arrived.
    function Get-SentBody { @(Get-SandboxRequest -Method POST | Where-Object target -Like '*/byok').body }
}

AfterAll { Stop-Sandbox }

Describe 'New-ByokKey' {
    BeforeEach {
        Reset-Sandbox
        $secret = 'sk-created-000001' | ConvertTo-TestKey
    }

    It 'creates a key, gives it back, and sends only what was given' {
        $key = New-ByokKey -Provider openai -Key $secret
        $key | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        $key.Label | Should -Be 'sk-...0001'
        Get-SentBody | Should -BeExactly '{"provider":"openai","key":"sk-created-000001"}'
        (Get-SandboxKey -Id $key.Id).key | Should -Be 'sk-created-000001'
    }

    It 'creates a key in each workspace that is piped, and names none after it' {
        $null = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
        $workspaces = @(Get-ByokWorkspace)
        $keys = @($workspaces | New-ByokKey openai $secret)
        $keys.WorkspaceId | Should -Be $workspaces.Id
        $keys.Where{ $_.Name } | Should -BeNullOrEmpty
        ($workspaces[0] | New-ByokKey openai $secret -Name named -WorkspaceId $workspaces[1].Id).WorkspaceId | Should -Be $workspaces[1].Id
        ($workspaces[1] | New-ByokKey openai $secret -Name { "$($_.Name)'s" }).Name | Should -Be "Team's"
    }

    It 'takes provider and key by position' {
        (New-ByokKey anthropic $secret).Provider | Should -Be 'anthropic'
    }

    It 'takes a credential, whose password is the key' {
        $key = New-ByokKey openai ([pscredential]::new('anybody', $secret))
        (Get-SandboxKey -Id $key.Id).key | Should -Be 'sk-created-000001'
    }

    It 'sends every field' {
        $team = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
        $hash = (Invoke-SandboxControl POST api-keys @{}).hash
        $key = New-ByokKey -Provider not-listed-yet -Key $secret -Name all -WorkspaceId $team.id -Disabled $true -IsFallback $false -IsRequired $true -IsByokOnly $true `
            -DeclaredZdr $false -AllowedModels a/b, c/d -AllowedApiKeyHashes $hash -AllowedUserIds u1, u2
        $sent = Get-SentBody | ConvertFrom-Json
        $sent.PSObject.Properties.Name | Sort-Object | Should -Be ('provider', 'workspace_id', 'name', 'disabled', 'is_fallback', 'is_required', 'is_byok_only',
            'declared_zdr', 'allowed_models', 'allowed_api_key_hashes', 'allowed_user_ids', 'key' | Sort-Object)
        $sent.is_fallback | Should -BeExactly $false
        $sent.declared_zdr | Should -BeExactly $false
        $sent.allowed_models | Should -Be 'a/b', 'c/d'
        $key.WorkspaceId | Should -Be $team.id
        $key.AllowedUserIds | Should -Be 'u1', 'u2'
        $key.Disabled, $key.IsRequired, $key.IsByokOnly | Should -Be $true, $true, $true
    }

    It 'reads a key from a file, wherever PowerShell says it is' {
        'sk-from-a-file-7' | Set-Content TestDrive:/key.txt
        $key = New-ByokKey openai -KeyPath TestDrive:/key.txt
        (Get-SandboxKey -Id $key.Id).key | Should -Be 'sk-from-a-file-7'
    }

    It 'takes rows by property name' {
        $keys = @'
Provider,Name,Disabled,AllowedModels
openai,first,true,a/b;c/d
anthropic,second,false,
'@ | ConvertFrom-Csv | New-ByokKey -Key $secret
        $keys.Name | Should -Be 'first', 'second'
        $keys.Disabled | Should -Be $true, $false
        $keys[0].AllowedModels | Should -Be 'a/b', 'c/d'
        $keys[1].AllowedModels | Should -BeNullOrEmpty
    }

    It 'sends nothing with -WhatIf' {
        New-ByokKey openai $secret -Name x -WhatIf | Should -BeNullOrEmpty
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'does not ask by itself' {
        (Get-Command New-ByokKey).ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false).ConfirmImpact | Should -Be 'Medium'
    }

    It 'takes either a key or a file' {
        { New-ByokKey -Provider openai -Key $secret -KeyPath x } | Should -Throw -ErrorId '*,OpenRouter.Byok.Cmdlets.NewByokKeyCommand'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }
}

Describe 'A key as plain text' {
    BeforeEach {
        Reset-Sandbox -Seed 1
        $Error.Clear()
    }

    It 'is refused by <Command>, with a way out, and is in nothing that is kept' -ForEach @(
        @{ Command = 'New-ByokKey'; Try = { New-ByokKey -Provider openai -Key 'sk-plain-text-1234567890' } }
        @{ Command = 'New-ByokKey with rows'; Try = { [pscustomobject]@{ Provider = 'openai'; Key = 'sk-plain-text-1234567890' } | New-ByokKey } }
        @{ Command = 'Set-ByokKey'; Try = { Get-ByokKey | Set-ByokKey -Key 'sk-plain-text-1234567890' } }
        @{ Command = 'Set-ByokKey with rows'; Try = { [pscustomobject]@{ Id = (Get-SandboxKey).id; Key = 'sk-plain-text-1234567890' } | Set-ByokKey } }
    ) {
        $caught = try { & $Try; throw 'It was taken.' } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $caught.CategoryInfo.Category | Should -Be InvalidArgument
        $caught.Exception.Message | Should -BeLike '*Read-Host -AsSecureString*Get-Secret*'

        # The line that was typed is the user's own; everything that the module made must be free of the key.
        $kept = $Error | ForEach-Object { "$_"; $_.Exception.ToString(); "$($_.TargetObject)"; $_.TargetObject | ConvertTo-Json -Depth 3; $_.CategoryInfo.ToString(); "$($_.ErrorDetails)" }
        $kept -join "`n" | Should -Not -Match 'plain-text-1234567890'
        Get-SandboxRequest | Where-Object method -In POST, PATCH | Should -BeNullOrEmpty
    }
}

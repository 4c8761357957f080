#requires -Version 7.4
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox -Seed 5
    function Get-Failure([scriptblock] $Script) {
        try { & $Script } catch { return $_ }
        throw 'It was expected to fail.'
    }
    $management = ConvertTo-TestKey $Sandbox.ManagementKey
}

AfterAll { Stop-Sandbox }

Describe 'Connect-Byok' {
    BeforeEach {
        Reset-Sandbox -Seed 5
        Remove-Item Env:OPENROUTER_MANAGEMENT_KEY, Env:OPENROUTER_API_KEY, Env:OPENROUTER_BASE_URL -ErrorAction Ignore
    }

    AfterEach {
        Disconnect-Byok
        Connect-SandboxEnvironment
    }

    It 'connects the session after one cheap request and says nothing' {
        Connect-Byok $management -BaseUri $Sandbox.BaseUri | Should -BeNullOrEmpty
        $requests = @(Get-SandboxRequest)
        $requests | Should -HaveCount 1
        $requests[0].method | Should -Be 'GET'
        Get-ByokKey | Should -HaveCount 5
        (Get-ByokConnection).BaseUri | Should -Be $Sandbox.BaseUri
    }

    It 'takes the address from the environment where none is given' {
        $env:OPENROUTER_BASE_URL = $Sandbox.BaseUri
        (Connect-Byok $management -PassThru).BaseUri | Should -Be $Sandbox.BaseUri
    }

    It 'takes a credential, whose password is the key' {
        Connect-Byok ([pscredential]::new('openrouter', $management)) -BaseUri $Sandbox.BaseUri
        Get-ByokKey | Should -HaveCount 5
    }

    It 'keeps working after the caller disposed the secret' {
        $own = ConvertTo-TestKey $Sandbox.ManagementKey
        Connect-Byok $own -BaseUri $Sandbox.BaseUri
        $own.Dispose()
        Get-ByokKey | Should -HaveCount 5
    }

    It 'keeps several accounts side by side with -Connection' {
        $one = Connect-Byok $management -BaseUri $Sandbox.BaseUri -PassThru
        $default = (Get-ByokWorkspace -Connection $one)[0].Id
        $two = Connect-Byok $management -BaseUri $Sandbox.BaseUri -WorkspaceId $default -TimeoutSec 7 -PassThru
        Disconnect-Byok
        Get-ByokKey -Connection $one | Should -HaveCount 5
        Clear-SandboxRequest
        Get-ByokKey -Connection $two | Should -HaveCount 5
        @(Get-SandboxRequest)[0].target | Should -BeLike "*workspace_id=$default*"
        New-ByokKey openai (ConvertTo-TestKey 'sk-second-account-1') -Connection $two | ForEach-Object WorkspaceId | Should -Be $default
    }

    It 'sends the extra headers and the attribution, and names the headers without their values' {
        $connection = Connect-Byok $management -BaseUri $Sandbox.BaseUri -Headers @{ 'X-Trace' = 'abc123' } -HttpReferer 'https://localhost/app' -AppTitle 'Rotation' -AppCategory admin, cli -PassThru
        $headers = @(Get-SandboxRequest)[0].headers
        $headers.'X-Trace' | Should -Be 'abc123'
        $headers.'HTTP-Referer' | Should -Be 'https://localhost/app'
        $headers.'X-OpenRouter-Title' | Should -Be 'Rotation'
        $headers.'X-OpenRouter-Categories' | Should -Be 'admin,cli'
        $connection.Headers | Should -Be 'X-Trace'
        ($connection | Format-List * -Force | Out-String) | Should -Not -Match 'abc123'
    }

    It 'gives a proxy the credential that it asks for, and shows it nowhere' {
        Add-Type -Path $PSScriptRoot/AskingProxy.cs
        $proxy = [OpenRouter.Byok.Tests.Pester.AskingProxy]::new('proxy-user:proxy-password')
        try {
            $credential = [pscredential]::new('proxy-user', (ConvertTo-TestKey 'proxy-password'))
            $connection = Connect-Byok $management -BaseUri $Sandbox.BaseUri -Proxy $proxy.Address -ProxyCredential $credential -PassThru
            Get-ByokKey | Should -HaveCount 5
            $proxy.Refused | Should -BeGreaterThan 0
            @($proxy.Heads) | Should -HaveCount 2
            @($proxy.Heads) | Should -BeLike "GET $($Sandbox.BaseUri)/byok*"
            "$($connection.Proxy)" | Should -Be "$($proxy.Address)"
            ($connection | Format-List * -Force | Out-String) | Should -Not -Match 'proxy-password'

            $wrong = [pscredential]::new('proxy-user', (ConvertTo-TestKey 'another-password'))
            $failure = Get-Failure { Connect-Byok $management -BaseUri $Sandbox.BaseUri -Proxy $proxy.Address -ProxyCredential $wrong }
            $failure.Exception | Should -BeOfType ([OpenRouter.Byok.ByokApiException])
            $failure.Exception.Message | Should -Not -Match 'another-password'
            @($proxy.Heads) | Should -HaveCount 2
        }
        finally {
            $proxy.Dispose()
        }
    }

    It 'never shows the management key' {
        $connection = Connect-Byok $management -BaseUri $Sandbox.BaseUri -PassThru
        $shown = @(
            $connection | Out-String
            $connection | Format-List * -Force | Out-String
            $connection | ConvertTo-Json -Depth 4
            [System.Management.Automation.PSSerializer]::Serialize($connection)
            "$connection"
        ) -join "`n"
        $shown | Should -Not -Match ([regex]::Escape($Sandbox.ManagementKey.Substring(12, 16)))
    }

    Context 'fails at once' {
        It '<Case>: <Id>, and leaves the session as it was' -ForEach @(
            @{ Case = 'a key that is not a management key'; Key = 'sk-or-v1-ordinary'; Option = @{}; Id = 'ByokUnauthorized'; Category = 'AuthenticationError'; Says = '*management key*' }
            @{ Case = 'a workspace that does not exist'; Key = $null; Option = @{ WorkspaceId = '11111111-2222-3333-4444-555555555555' }; Id = 'ByokBadRequest'; Category = 'InvalidArgument'; Says = '*orkspace*' }
            @{ Case = 'a workspace id that is none'; Key = $null; Option = @{ WorkspaceId = 'team' }; Id = 'ByokBadRequest'; Category = 'InvalidArgument'; Says = '*UUID*' }
            @{ Case = 'an address that does not answer'; Key = $null; Option = @{ BaseUri = 'http://127.0.0.1:1/api/v1' }; Id = 'ByokConnectionFailed'; Category = 'ConnectionError'; Says = '*cannot be reached*' }
            @{ Case = 'plain http off loopback'; Key = $null; Option = @{ BaseUri = 'http://192.0.2.1/api/v1' }; Id = 'ByokInsecureAddress'; Category = 'SecurityError'; Says = '*in the clear*' }
            @{ Case = 'a header of the module''s own'; Key = $null; Option = @{ Headers = @{ Authorization = 'Bearer x' } }; Id = 'ByokBadRequest'; Category = 'InvalidArgument'; Says = '*Authorization*' }
        ) {
            $arguments = @{ ApiKey = $Key ? (ConvertTo-TestKey $Key) : $management; BaseUri = $Sandbox.BaseUri } + @{}
            $Option.GetEnumerator() | ForEach-Object { $arguments[$_.Key] = $_.Value }
            $failure = Get-Failure { Connect-Byok @arguments }
            $failure.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $failure.CategoryInfo.Category | Should -Be $Category
            $failure.Exception.Message | Should -BeLike $Says
            @(Get-SandboxRequest).Count | Should -BeLessOrEqual 1
            Get-ByokConnection | Should -BeNullOrEmpty
        }

        It 'plain text is refused and not repeated' {
            $failure = Get-Failure { Connect-Byok 'sk-or-v1-plain-secret' -BaseUri $Sandbox.BaseUri }
            $failure.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
            $failure.Exception.Message | Should -Not -BeLike '*plain-secret*'
            $failure.TargetObject | Should -BeNullOrEmpty
            Get-SandboxRequest | Should -BeNullOrEmpty
        }
    }
}

Describe 'Without a connection' {
    AfterEach { Connect-SandboxEnvironment }

    It '<_> says how to connect, once' -ForEach 'Get-ByokKey', 'Get-ByokWorkspace' {
        Remove-Item Env:OPENROUTER_MANAGEMENT_KEY, Env:OPENROUTER_API_KEY -ErrorAction Ignore
        $failure = Get-Failure { & $_ }
        $failure.FullyQualifiedErrorId | Should -BeLike 'ByokNotConnected,*'
        $failure.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $failure.Exception.Message | Should -BeLike '*Connect-Byok*OPENROUTER_MANAGEMENT_KEY*'
        Get-ByokConnection | Should -BeNullOrEmpty
    }

    It 'falls back on OPENROUTER_API_KEY' {
        $env:OPENROUTER_API_KEY = $env:OPENROUTER_MANAGEMENT_KEY
        $env:OPENROUTER_MANAGEMENT_KEY = ''
        Get-ByokKey -First 1 | Should -HaveCount 1
    }
}

Describe 'Get-ByokWorkspace' {
    BeforeAll {
        Reset-Sandbox -Seed 12 -GlobalEvery 4
        $team = Invoke-SandboxControl POST workspaces @{ name = "Team" }
    }

    It 'lists workspaces by name' {
        Get-ByokWorkspace | Should -HaveCount 2
        Get-ByokWorkspace | Should -BeOfType ([OpenRouter.Byok.ByokWorkspace])
        (Get-ByokWorkspace te*).Name | Should -Be 'Team'
    }

    It 'gives the keys of all workspaces when piped, a global key once' {
        $mine = New-ByokKey openai (ConvertTo-TestKey 'sk-team-key-000001') -Name mine -WorkspaceId (Get-ByokWorkspace Team).Id
        $keys = Get-ByokWorkspace | Get-ByokKey
        $keys | Should -HaveCount 13
        ($keys.Id | Sort-Object -Unique) | Should -HaveCount 13
        $keys.Id | Should -Contain $mine.Id
        @($keys | Where-Object { -not $_.WorkspaceId }) | Should -HaveCount 3
        Get-ByokWorkspace | Get-ByokKey -First 5 | Should -HaveCount 5
        Get-ByokWorkspace | Get-ByokKey -Name mine | Should -HaveCount 1
    }

    It 'groups the table by workspace' {
        $table = Get-ByokWorkspace | Get-ByokKey | Out-String -Width 100
        $table | Should -BeLike "*Workspace: $((Get-ByokWorkspace Team).Id)*"
    }
}

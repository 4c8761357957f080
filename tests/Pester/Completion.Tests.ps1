BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    function Complete([string] $Line) {
        ([System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null)).CompletionMatches |
            Where-Object ResultType -EQ ParameterValue
    }

    # A key press waits for the account only so long, and what it did not find is not looked for again for a while. On a
    # busy machine that can befall any look; a connection of its own has a cache of its own.
    function Complete-FromAccount([string] $Line) {
        foreach ($attempt in 1..5) {
            $found = Complete $Line
            if ($found) { return $found }
            Connect-Byok $managementKey -BaseUri $Sandbox.BaseUri
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Tab' {
    BeforeAll {
        Reset-Sandbox -Seed 6
        $keys = Get-ByokKey
        $keys[0] | Set-ByokKey -Name "it's mine" -AllowedModels 'openai/gpt-4o', 'openai/o3' -Disabled $true
        $keys = Get-ByokKey

        $managementKey = ConvertTo-TestKey $Sandbox.ManagementKey
        Connect-Byok $managementKey -BaseUri $Sandbox.BaseUri
    }

    AfterAll { Disconnect-Byok }

    It 'completes a provider''s slug without asking anybody' {
        Clear-SandboxRequest
        (Complete 'New-ByokKey -Provider amazon').CompletionText | Should -Be 'amazon-bedrock', 'amazon-bedrock/claude-on-aws', 'amazon-nova'
        (Complete 'New-ByokKey -Provider ').Count | Should -BeGreaterThan 100
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It '<Command> completes ids, and the tool tip names the credential' -ForEach @(
        @{ Command = 'Get-ByokKey' }, @{ Command = 'Set-ByokKey' }, @{ Command = 'Remove-ByokKey' }
    ) {
        $matched = @(Complete-FromAccount "$Command -Id $($keys[0].Id.Substring(0, 4))")
        $matched[0].CompletionText | Should -Be $keys[0].Id
        $matched[0].ToolTip | Should -Be "it's mine, $($keys[0].Provider), $($keys[0].Label), disabled"
    }

    It 'completes names, quoted where they need it' {
        (Complete-FromAccount 'Get-ByokKey -Name it').CompletionText | Should -Be "'it''s mine'"
        Get-ByokKey -Name 'it''s mine' | Should -HaveCount 1
    }

    It 'completes workspaces and the models in use' {
        (Complete-FromAccount 'Get-ByokKey -WorkspaceId ').CompletionText | Should -Be (Get-ByokWorkspace).Id
        (Complete-FromAccount 'Set-ByokKey -AllowedModels ').CompletionText | Should -Be 'openai/gpt-4o', 'openai/o3'
    }

    It 'offers the keys of the provider on the line only' {
        $provider = $keys[1].Provider
        $tips = @(Complete-FromAccount "Get-ByokKey -Provider $provider -Name ").ToolTip
        $tips | Should -Not -BeNullOrEmpty
        $tips | ForEach-Object { $_ | Should -BeLike "*, $provider, *" }
    }

    It 'offers the keys of the workspace on the line only' {
        $other = (Invoke-SandboxControl POST workspaces @{ name = 'Other team' }).id
        $there = New-ByokKey openai (ConvertTo-TestKey 'sk-of-the-other-team-1234') -WorkspaceId $other -Name 'Over there'
        (Complete "Get-ByokKey -WorkspaceId $other -Name ").ListItemText | Should -Be 'Over there'
        (Complete 'Get-ByokKey -Name ').ListItemText | Should -Not -Contain 'Over there'
        (Complete "Get-ByokKey -WorkspaceId '$other', $($keys[0].WorkspaceId) -Name ").ListItemText | Should -Contain 'Over there'
        $there | Remove-ByokKey -Confirm:$false
    }

    It 'offers the keys of several providers on the line' {
        $providers = $keys[1, 2].Provider
        $expected = @($keys | Where-Object Provider -In $providers).Id
        @(Complete "Get-ByokKey -Provider $($providers -join ', ') -Name ") | Should -HaveCount $expected.Count
    }

    It 'asks the account once for several key presses' {
        Clear-SandboxRequest
        1..5 | ForEach-Object { Complete 'Get-ByokKey -Id ' } | Out-Null
        @(Get-SandboxRequest).Count | Should -BeLessOrEqual 1
    }
}

Describe 'Tab without an account' {
    AfterEach {
        Set-SandboxFault
        Connect-SandboxEnvironment
    }

    It 'is silent where <Case>' -ForEach @(
        @{ Case = 'nobody connected'; Key = ''; Url = '' }
        @{ Case = 'the server is not there'; Key = 'sk-or-v1-management-key'; Url = 'http://127.0.0.1:1/api/v1' }
        @{ Case = 'the address is malformed'; Key = 'sk-or-v1-management-key'; Url = 'not an address' }
    ) {
        $env:OPENROUTER_MANAGEMENT_KEY = $Key
        $env:OPENROUTER_BASE_URL = $Url
        $before = $global:Error.Count
        Complete 'Get-ByokKey -Id ' | Should -BeNullOrEmpty
        $global:Error.Count | Should -Be $before
    }

    It 'gives up waiting for a server that does not answer' {
        Set-SandboxFault 'List:Hang'
        $env:OPENROUTER_MANAGEMENT_KEY = $Sandbox.ManagementKey + 'x'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Complete 'Get-ByokKey -Id ' | Should -BeNullOrEmpty

        # A second, on a machine with nothing else to do; the time limit of a request is thirty.
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
    }

    It 'leaves nothing going on in the background' {
        $null = Connect-Byok (ConvertTo-TestKey $Sandbox.ManagementKey) -BaseUri $Sandbox.BaseUri -MaximumRetryCount 20 -RetryIntervalSec 0.1 -WorkspaceId (Get-ByokWorkspace)[0].Id
        try {
            Set-SandboxFault 'List:Status(503)'
            Complete 'Get-ByokKey -Id ' | Should -BeNullOrEmpty
            Start-Sleep -Milliseconds 200
            Clear-SandboxRequest
            Start-Sleep -Seconds 2
            Get-SandboxRequest | Should -BeNullOrEmpty
        }
        finally {
            Disconnect-Byok
        }
    }
}

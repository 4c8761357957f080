BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    # What the session keeps of a command's errors, and what the command gave.
    function Invoke-Failing([scriptblock] $Command) {
        $ErrorActionPreference = 'Continue'
        $output = & { & $Command } 2>&1 3>$null
        [pscustomobject]@{
            Errors = @($output | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
            Output = @($output | Where-Object { $_ -isnot [System.Management.Automation.ErrorRecord] })
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'An error of the server' {
    BeforeAll { Reset-Sandbox -Seed 2 }
    AfterEach { Set-SandboxFault }

    It '<Fault> is <Id>, <Category>' -ForEach @(
        @{ Fault = 'Status(400)'; Id = 'ByokBadRequest'; Category = 'InvalidArgument' }
        @{ Fault = 'Status(422)'; Id = 'ByokBadRequest'; Category = 'InvalidArgument' }
        @{ Fault = 'Status(401)'; Id = 'ByokUnauthorized'; Category = 'AuthenticationError' }
        @{ Fault = 'Status(403)'; Id = 'ByokForbidden'; Category = 'PermissionDenied' }
        @{ Fault = 'Status(404)'; Id = 'ByokNotFound'; Category = 'ObjectNotFound' }
        @{ Fault = 'Status(409)'; Id = 'ByokConflict'; Category = 'ResourceExists' }
        @{ Fault = 'HtmlPage(200)'; Id = 'ByokBadResponse'; Category = 'InvalidData' }
        @{ Fault = 'BrokenJson'; Id = 'ByokBadResponse'; Category = 'InvalidData' }
        @{ Fault = "Redirect('https://localhost/')"; Id = 'ByokBadResponse'; Category = 'InvalidData' }
        @{ Fault = 'Status(501)'; Id = 'ByokServerError'; Category = 'ResourceUnavailable' }
    ) {
        $target = (Get-SandboxKey).id[0]
        Set-SandboxFault "Get:$Fault"
        $caught = try { Get-ByokKey -Id $target -ErrorAction Stop } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -Be "$Id,OpenRouter.Byok.Cmdlets.GetByokKeyCommand"
        $caught.CategoryInfo.Category | Should -Be $Category
        $caught.Exception | Should -BeOfType ([OpenRouter.Byok.ByokApiException])
        if ($Id -ne 'ByokUnauthorized') {
            $caught.TargetObject | Should -Be $target
        }
    }

    It 'after the retries: <Fault> is <Id>, <Category>' -ForEach @(
        @{ Fault = 'Status(503)'; Id = 'ByokServerError'; Category = 'ResourceUnavailable' }
        @{ Fault = 'Status(429)'; Id = 'ByokRateLimited'; Category = 'LimitsExceeded' }
        @{ Fault = 'ResetBeforeCommit'; Id = 'ByokConnectionFailed'; Category = 'ConnectionError' }
        @{ Fault = 'Hang'; Id = 'ByokTimeout'; Category = 'OperationTimeout' }
    ) {
        # Only where no answer comes is the time limit what ends it; the check of Connect-Byok has to get one within it.
        $limit = if ($Fault -eq 'Hang') { 3 } else { 30 }
        $quick = Connect-Byok -ApiKey ($Sandbox.ManagementKey | ConvertTo-TestKey) -BaseUri $Sandbox.BaseUri -MaximumRetryCount 1 -RetryIntervalSec 0.01 -TimeoutSec $limit -PassThru
        Disconnect-Byok
        $target = (Get-SandboxKey).id[0]
        Set-SandboxFault "Get:$Fault"
        Clear-SandboxRequest
        $caught = try { Get-ByokKey -Id $target -Connection $quick -ErrorAction Stop } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $caught.CategoryInfo.Category | Should -Be $Category
        Get-SandboxRequest | Should -HaveCount 2
    }

    It 'a create of which nobody knows what became is ByokCreateOutcomeUnknown, InvalidResult' {
        $quick = Connect-Byok -ApiKey ($Sandbox.ManagementKey | ConvertTo-TestKey) -BaseUri $Sandbox.BaseUri -RetryIntervalSec 0.01 -TimeoutSec 3 -PassThru
        Disconnect-Byok
        Set-SandboxFault 'Create:Hang'
        $caught = try { New-ByokKey openai ('sk-abcdefghijkl' | ConvertTo-TestKey) -Connection $quick -ErrorAction Stop } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokCreateOutcomeUnknown,*'
        $caught.CategoryInfo.Category | Should -Be InvalidResult
        Get-SandboxRequest -Method POST | Should -HaveCount 1
    }

    It 'tells the status, the server''s words and what to do' {
        Set-SandboxFault "Get:Status(403,body='{`"error`":{`"code`":403,`"message`":`"Ask Mary.`"}}')"
        $caught = try { Get-ByokKey -Id (Get-SandboxKey).id[0] -ErrorAction Stop } catch { $_ }
        $caught.Exception.StatusCode | Should -Be 403
        $caught.Exception.ServerMessage | Should -Be 'Ask Mary.'
        $caught.Exception.Message | Should -BeLike '*(403)*The server says: Ask Mary.*'
        $caught.Exception.RecommendedAction | Should -Not -BeNullOrEmpty
    }
}

Describe 'Bad input' {
    BeforeEach {
        Reset-Sandbox -Seed 6
        $before = Get-SandboxKey | ConvertTo-Json
    }

    AfterEach {
        Connect-SandboxEnvironment
        Get-SandboxKey | ConvertTo-Json | Should -Be $before -Because 'nothing may have changed'
    }

    It 'a malformed id is said before anything is sent: <Command>' -ForEach @(
        @{ Command = 'Get-ByokKey'; Try = { Get-ByokKey -Id nonsense } }
        @{ Command = 'Set-ByokKey'; Try = { Set-ByokKey -Id nonsense -Disabled $true } }
        @{ Command = 'Remove-ByokKey'; Try = { Remove-ByokKey -Id nonsense -Confirm:$false } }
        @{ Command = 'a piped row'; Try = { [pscustomobject]@{ Id = 'nonsense' } | Get-ByokKey } }
    ) {
        $failed = Invoke-Failing $Try
        $failed.Errors | Should -HaveCount 1
        $failed.Errors[0].FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest,*'
        $failed.Errors[0].CategoryInfo.Category | Should -Be InvalidArgument
        $failed.Errors[0].Exception.Message | Should -BeLike "*'nonsen*is not the id of a key*"
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'an unknown id among good ones fails alone, with the id as target' {
        $unknown = [guid]::NewGuid().ToString()
        $ids = (Get-SandboxKey).id
        $failed = Invoke-Failing { $ids[0], $unknown, $ids[2] | Get-ByokKey }
        $failed.Output.Id | Should -Be $ids[0, 2]
        $failed.Errors | Should -HaveCount 1
        $failed.Errors[0].FullyQualifiedErrorId | Should -BeLike 'ByokNotFound,*'
        $failed.Errors[0].CategoryInfo.Category | Should -Be ObjectNotFound
        $failed.Errors[0].TargetObject | Should -Be $unknown
    }

    It 'a wrong management key is one error, not one per record: <Command>' -ForEach @(
        @{ Command = 'Get-ByokKey'; Try = { $ids | Get-ByokKey } }
        @{ Command = 'Set-ByokKey'; Try = { $ids | Set-ByokKey -Disabled $true } }
        @{ Command = 'Remove-ByokKey'; Try = { $ids | Remove-ByokKey -Confirm:$false } }
        @{ Command = 'a listing'; Try = { Get-ByokKey } }
    ) {
        $ids = (Get-SandboxKey).id
        $env:OPENROUTER_MANAGEMENT_KEY = 'sk-or-v1-wrong'
        $caught = try { & $Try } catch { $_ }
        @($caught) | Should -HaveCount 1
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokUnauthorized,*'
        $caught.CategoryInfo.Category | Should -Be AuthenticationError
        "$caught" | Should -Not -Match 'sk-or-v1-wrong'
    }

    It 'no management key at all says how to give one' {
        $env:OPENROUTER_MANAGEMENT_KEY = $null
        $caught = try { Get-ByokKey } catch { $_ }
        @($caught) | Should -HaveCount 1
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokNotConnected,*'
        $caught.CategoryInfo.Category | Should -Be AuthenticationError
        $caught.Exception.Message | Should -BeLike '*Connect-Byok*OPENROUTER_MANAGEMENT_KEY*'
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'a server that is not there is one error' {
        $ids = (Get-SandboxKey).id
        # Nobody listens on a port that is reserved; a port that was just given up may be taken by another test.
        $env:OPENROUTER_BASE_URL = 'http://127.0.0.1:1/api/v1'
        $caught = try { $ids | Get-ByokKey } catch { $_ }
        @($caught) | Should -HaveCount 1
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokConnectionFailed,*'
        $caught.CategoryInfo.Category | Should -Be ConnectionError
        "$caught" | Should -BeLike "*127.0.0.1:1*"
    }

    It 'an unsafe address is refused before anything is sent' {
        $env:OPENROUTER_BASE_URL = 'http://openrouter.invalid/api/v1'
        $caught = try { Get-ByokKey } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokInsecureAddress,*'
        $caught.CategoryInfo.Category | Should -Be SecurityError
    }

    It 'an address that is none is said' {
        $env:OPENROUTER_BASE_URL = 'nonsense'
        { Get-ByokKey } | Should -Throw -ErrorId 'ByokInsecureAddress,*'
    }
}

Describe '-ErrorAction' {
    BeforeEach { Reset-Sandbox -Seed 4 }

    It 'Stop ends the command at the first bad record' {
        $ids = (Get-SandboxKey).id
        { 'nonsense', $ids[0] | Remove-ByokKey -Confirm:$false -ThrottleLimit 1 -ErrorAction Stop } | Should -Throw -ErrorId 'ByokBadRequest,*'
    }

    It 'SilentlyContinue goes on, and -ErrorVariable has the error' {
        $ids = (Get-SandboxKey).id
        $ids[0], 'nonsense', $ids[1] | Remove-ByokKey -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failed
        $failed | Should -HaveCount 1
        Get-SandboxKey | Should -HaveCount 2
    }
}

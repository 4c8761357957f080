BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    Reset-Sandbox -Seed 120 -NamelessEvery 10
}

AfterAll { Stop-Sandbox }

Describe 'Get-ByokKey lists' {
    BeforeEach { Clear-SandboxRequest }

    It 'gives every key as a typed object' {
        $keys = Get-ByokKey
        $keys | Should -HaveCount 120
        $keys | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        ($keys.Id | Sort-Object -Unique) | Should -HaveCount 120
    }
}

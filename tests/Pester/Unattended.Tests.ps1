# A session without a user: nobody is there to answer a prompt.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
}

AfterAll { Stop-Sandbox }

Describe 'Remove-ByokKey without a user' {
    BeforeEach { Reset-Sandbox -Seed 3 }

    It 'removes nothing unless -Confirm:$false is given' {
        $said = Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            try { Get-ByokKey -First 1 | Remove-ByokKey -ErrorAction Stop } catch { "$_" }
        }
        $said | Should -Not -BeNullOrEmpty
        Get-SandboxKey | Should -HaveCount 3
    }

    It 'removes what it is given with -Confirm:$false' {
        $null = Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            Get-ByokKey -First 1 | Remove-ByokKey -Confirm:$false
        }
        Get-SandboxKey | Should -HaveCount 2
    }
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Add-Type -Path $PSScriptRoot/AnsweringHost.cs
    Start-Sandbox

    # Runs a command in an interactive session of its own whose user gives these answers; gives the questions.
    function Invoke-Interactively([string] $Command, [int[]] $Answer) {
        $console = [OpenRouter.Byok.Tests.Pester.AnsweringHost]::new($Answer)
        $runspace = [runspacefactory]::CreateRunspace($console)
        $runspace.Open()
        $shell = [powershell]::Create($runspace)
        try {
            $null = $shell.AddScript("Import-Module '$ModulePath'").AddStatement().AddScript($Command).Invoke()
            $shell.Streams.Error | ForEach-Object { throw $_ }
            $console.Questions
        }
        finally {
            $shell.Dispose()
            $runspace.Dispose()
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Remove-ByokKey' {
    BeforeEach { Reset-Sandbox -Seed 12 }

    It 'deletes by -Id and is quiet' {
        $ids = (Get-SandboxKey).id
        Remove-ByokKey -Id $ids[0], $ids[5] -Confirm:$false | Should -BeNullOrEmpty
        Remove-ByokKey $ids[1] -Confirm:$false
        (Get-SandboxKey -Deleted).id | Sort-Object | Should -Be ($ids[0, 1, 5] | Sort-Object)
    }

    It 'leaves none of those that it lists at the same time' {
        Reset-Sandbox -Seed 250
        Get-ByokKey | Remove-ByokKey -Confirm:$false
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'takes <Case> from the pipeline' -ForEach @(
        @{ Case = 'ids'; Make = { (Get-SandboxKey).id } }
        @{ Case = 'rows'; Make = { Get-SandboxKey | Select-Object @{ n = 'Id'; e = { $_.id } }, name } }
        @{ Case = 'keys of a job'; Make = { Start-Job { Import-Module $using:ModulePath; Get-ByokKey } | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        & $Make | Remove-ByokKey -Confirm:$false
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'sends no DELETE with -WhatIf' {
        Get-ByokKey | Remove-ByokKey -WhatIf
        Get-SandboxRequest -Method DELETE | Should -BeNullOrEmpty
        Get-SandboxKey | Should -HaveCount 12
    }

    It 'sends no DELETE where $WhatIfPreference is on' {
        $WhatIfPreference = $true
        Get-ByokKey | Remove-ByokKey
        $WhatIfPreference = $false
        Get-SandboxRequest -Method DELETE | Should -BeNullOrEmpty
    }

    It 'asks by itself, naming the key, and keeps to the answer' {
        # Yes, No, Yes to All.
        $questions = Invoke-Interactively 'Get-ByokKey -First 4 | Remove-ByokKey' 0, 2, 1
        $questions | Should -HaveCount 3
        $questions[0] | Should -BeLike "*Remove credential*openai key 00001 openai sk-...*$((Get-SandboxKey -Deleted | Where-Object name -EQ 'openai key 00001').id)*"

        # They are deleted side by side, in whatever order they arrive.
        (Get-SandboxKey -Deleted).name | Sort-Object | Should -Be 'amazon-bedrock key 00004', 'azure key 00003', 'openai key 00001'
    }

    It 'does not ask with -Confirm:$false' {
        Invoke-Interactively 'Get-ByokKey | Remove-ByokKey -Confirm:$false' | Should -BeNullOrEmpty
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'does not ask where $ConfirmPreference is None' {
        Invoke-Interactively '$ConfirmPreference = "None"; Get-ByokKey | Remove-ByokKey' | Should -BeNullOrEmpty
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'deletes nothing unattended unless it is told that nobody is to be asked' {
        $said = Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            try { Get-ByokKey -First 1 | Remove-ByokKey -ErrorAction Stop } catch { "$_" }
        }
        $said | Should -Not -BeNullOrEmpty
        Get-SandboxKey | Should -HaveCount 12
    }
}

Describe 'Questions of the other cmdlets' {
    BeforeEach { Reset-Sandbox -Seed 2 }

    It 'Set-ByokKey -Confirm shows from what to what' {
        $questions = Invoke-Interactively 'Get-ByokKey | Set-ByokKey -Disabled $true -Confirm' 0, 2
        $questions | Should -HaveCount 2
        $questions[0] | Should -BeLike '*Disabled from False to True*'
        (Get-SandboxKey).disabled | Should -Be $true, $false
    }

    It 'New-ByokKey -Confirm names what would be created' {
        $questions = Invoke-Interactively 'New-ByokKey openai (ConvertTo-SecureString sk-abcdefghijkl -AsPlainText -Force) -Name new -Confirm' 2
        $questions | Should -BeLike '*Create key*new (openai)*'
        Get-SandboxKey | Should -HaveCount 2
    }

    It 'Set- and New-ByokKey do not ask by themselves' {
        Invoke-Interactively 'Get-ByokKey | Set-ByokKey -Disabled $true; $null = New-ByokKey openai (ConvertTo-SecureString sk-abcdefghijkl -AsPlainText -Force)' |
            Should -BeNullOrEmpty
        Get-SandboxKey | Should -HaveCount 3
    }
}

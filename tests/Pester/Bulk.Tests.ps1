BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    function Start-Pipeline {
        <# A PowerShell in this process that has the module, and begins a script at once. #>
        param([string] $Script)

        $shell = [PowerShell]::Create()
        $null = $shell.AddScript("`$ProgressPreference = 'SilentlyContinue'; Import-Module '$ModulePath'; $Script")
        [pscustomobject]@{ Shell = $shell; Run = $shell.BeginInvoke() }
    }

    function Wait-Until {
        param([scriptblock] $Condition)

        $clock = [Diagnostics.Stopwatch]::StartNew()
        while (-not (& $Condition)) {
            if ($clock.Elapsed.TotalSeconds -gt 30) { throw "It did not happen within 30 s: $Condition" }
            Start-Sleep -Milliseconds 10
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Removing while listing' {
    It 'leaves none of <_>' -ForEach 137, 500, 5000 {
        Reset-Sandbox -Seed $_
        Get-ByokKey | Remove-ByokKey -Confirm:$false -ThrottleLimit 16
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'leaves none and tells no error where three in ten answers are lost' {
        Reset-Sandbox -Seed 60
        Set-SandboxFault 'Delete:ResetAfterCommit~0.3#5'
        Get-ByokKey | Remove-ByokKey -Confirm:$false -ErrorAction Stop
        Set-SandboxFault
        Get-SandboxKey | Should -BeNullOrEmpty
    }

    It 'gives the rest once each where another client removes keys meanwhile' {
        Reset-Sandbox -Seed 1000
        $doomed = (Get-SandboxKey)[0..299].id

        # So slow that 300 deletes, four at a time, take seconds, and the list is read while they go on.
        $null = Invoke-SandboxControl POST latency @{ milliseconds = 50 }
        $other = Start-Pipeline "'$($doomed -join "','")' | Remove-ByokKey -Confirm:`$false -ThrottleLimit 4"
        try {
            Wait-Until { Get-SandboxRequest DELETE }
            $seen = (Get-ByokKey).Id
            $null = Invoke-SandboxControl POST latency @{ milliseconds = 0 }
            $null = $other.Shell.EndInvoke($other.Run)
        }
        finally {
            $other.Shell.Dispose()
        }

        $methods = @((Get-SandboxRequest).method)
        $methods[[array]::IndexOf($methods, 'GET')..[array]::LastIndexOf($methods, 'GET')] | Should -Contain 'DELETE' -Because 'it is about what is removed between two pages'

        ($seen | Sort-Object -Unique).Count | Should -Be $seen.Count
        (Get-SandboxKey).id | Where-Object { $_ -notin $seen } | Should -BeNullOrEmpty
    }
}

Describe 'Creating' {
    It 'makes one credential under <_>' -ForEach 'StatusAfterCommit(502)x1', 'ResetAfterCommitx1', 'ResetBeforeCommitx1', 'Status(429)x1' {
        Reset-Sandbox
        Set-SandboxFault "Create:$_"
        $created = New-ByokKey openai (ConvertTo-TestKey 'sk-test-0123456789-AbCd') -Name one
        (Get-SandboxKey).id | Should -Be $created.Id
    }

    It 'makes two credentials of two identical rows' {
        Reset-Sandbox
        Set-SandboxFault 'Create:StatusAfterCommit(502)x2'
        $key = ConvertTo-TestKey 'sk-test-0123456789-AbCd'
        $row = [pscustomobject]@{ Provider = 'openai'; Name = 'same' }
        $created = $row, $row | New-ByokKey -Key $key
        ($created.Id | Sort-Object) | Should -Be ((Get-SandboxKey).id | Sort-Object)
        $created | Should -HaveCount 2
    }
}

Describe 'Changing' {
    It 'changes 100 of 100 where one in seven answers 500 and one in eleven is reset' {
        Reset-Sandbox -Seed 100
        Set-SandboxFault 'Update:Status(500)%7', 'Update:ResetAfterCommit%11'
        Get-ByokKey | Set-ByokKey -Disabled $true -ErrorAction Stop
        (Get-SandboxKey | Where-Object disabled) | Should -HaveCount 100
    }
}

Describe 'Stopping' {
    AfterEach {
        Set-SandboxFault
    }

    It 'ends <Command> against a server that never answers, and sends nothing afterwards' -ForEach @(
        @{ Command = 'Get-ByokKey'; Most = 1 }
        @{ Command = "'11111111-2222-3333-4444-555555555555' | Remove-ByokKey -Confirm:`$false"; Most = 1 }
        @{ Command = "1..50 | ForEach-Object { [guid]::NewGuid() } | Set-ByokKey -Disabled $true"; Most = 8 }
        @{ Command = "New-ByokKey openai (ConvertTo-SecureString 'sk-test-0123456789' -AsPlainText -Force)"; Most = 1 }
    ) {
        Reset-Sandbox -Seed 10
        Set-SandboxFault '*:Hang'
        $pipeline = Start-Pipeline $Command
        try {
            Wait-Until { Get-SandboxRequest }
            $clock = [Diagnostics.Stopwatch]::StartNew()
            $pipeline.Shell.Stop()

            # 200 ms on a machine with nothing else to do; the time limit of a request is thirty seconds.
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
            "$($pipeline.Shell.InvocationStateInfo.State)" | Should -Be 'Stopped'

            # What was on its way may still arrive, and no more than may be under way at once.
            Start-Sleep -Milliseconds 300
            @(Get-SandboxRequest).Count | Should -BeLessOrEqual $Most
        }
        finally {
            $pipeline.Shell.Dispose()
        }

        # At once usable again.
        Set-SandboxFault
        Get-ByokKey | Should -HaveCount 10
    }

    It 'asks for no more pages once Select-Object has enough' {
        Reset-Sandbox -Seed 2000
        (Get-ByokKey | Select-Object -First 3) | Should -HaveCount 3

        # Of the 256 objects that may wait for the pipeline the last are in the third page, which is the first of eight that
        # may be under way; never the twenty there are.
        Start-Sleep -Milliseconds 200
        @(Get-SandboxRequest GET).Count | Should -BeLessOrEqual 10
    }

    It 'asks for no more than -First needs' {
        Reset-Sandbox -Seed 2000
        (Get-ByokKey -First 150) | Should -HaveCount 150
        @(Get-SandboxRequest GET) | Should -HaveCount 2
    }

    It 'ends creates under way well and names them once Select-Object has enough' {
        Reset-Sandbox
        $null = Invoke-SandboxControl POST latency @{ milliseconds = 100; jitter = 50 }
        $key = ConvertTo-TestKey 'sk-test-0123456789'
        $said = $null
        $one = 1..30 | ForEach-Object { [pscustomobject]@{ Provider = 'openai'; Name = "name $_." } } |
            New-ByokKey -Key $key -WarningVariable said -WarningAction SilentlyContinue | Select-Object -First 1
        $null = Invoke-SandboxControl POST latency @{ milliseconds = 0 }
        $one.Name | Should -Be 'name 1.'
        $said | Should -HaveCount 1
        $rest = @((Get-SandboxKey).name | Where-Object { $_ -ne 'name 1.' })
        $rest.Count | Should -BeIn (1..29)
        $named = [regex]::Matches("$said", 'name \d+\.').Value
        $named | Sort-Object | Should -Be ($rest | Sort-Object)
    }

    It 'says nothing where Select-Object takes the last one too' {
        Reset-Sandbox
        1..3 | ForEach-Object { [pscustomobject]@{ Provider = 'openai' } } |
            New-ByokKey -Key (ConvertTo-TestKey 'sk-test-0123456789') -WarningVariable said | Select-Object -First 3 | Should -HaveCount 3
        $said | Should -BeNullOrEmpty
    }

    It 'says how many were done where an error stops the command' {
        Reset-Sandbox -Seed 100
        Set-SandboxFault 'Update:Status(400)+20x1'
        $caught = try { Get-ByokKey | Set-ByokKey -Disabled $true -ErrorAction Stop -WarningVariable said -WarningAction SilentlyContinue } catch { $_ }
        $caught.FullyQualifiedErrorId | Should -BeLike 'ByokBadRequest*'
        $done = @(Get-SandboxKey | Where-Object disabled).Count
        "$said" | Should -BeLike "The command ends early: $done done, 1 failed, *"
        $done | Should -BeLessThan 100
        @(Get-SandboxRequest PATCH).Count | Should -Be ($done + 1)
    }
}

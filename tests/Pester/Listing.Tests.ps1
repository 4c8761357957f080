BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    Reset-Sandbox -Seed 120 -NamelessEvery 10
}

AfterAll { Stop-Sandbox }

Describe 'Get-ByokKey lists' {
    BeforeEach { Clear-SandboxRequest }

    It 'gives every key as a typed object, in the order of the server' {
        $keys = Get-ByokKey
        $keys | Should -HaveCount 120
        $keys | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        $keys.Id | Should -Be (Get-SandboxKey).id
    }

    It 'promises the type it gives' {
        (Get-Command Get-ByokKey).OutputType.Name | Should -Be 'OpenRouter.Byok.ByokKey'
    }

    It 'asks the server for a provider' {
        $keys = Get-ByokKey -Provider mistral
        $keys | Should -HaveCount 15
        $keys.Provider | Sort-Object -Unique | Should -Be 'mistral'
        (Get-SandboxRequest).target | Should -BeLike '*provider=mistral*'
    }

    It 'takes several providers' {
        (Get-ByokKey -Provider groq, azure).Provider | Group-Object -NoElement | ForEach-Object { "$($_.Name) $($_.Count)" } |
            Should -Be 'azure 15', 'groq 15'
    }

    It 'keeps the names that match <Pattern>' -ForEach @(
        @{ Pattern = 'OPENAI key 0000*'; Count = 2 }
        @{ Pattern = '*key 0001?'; Count = 9 }
        @{ Pattern = '*[13]'; Count = 24 }
        @{ Pattern = 'nobody*'; Count = 0 }
        @{ Pattern = ''; Count = 12 }
        @{ Pattern = '*'; Count = 120 }
    ) {
        Get-ByokKey -Name $Pattern | Should -HaveCount $Count
        Get-ByokKey $Pattern | Should -HaveCount $Count
    }

    It 'gives a part with -First and -Skip' {
        (Get-ByokKey -First 5 -Skip 3).Id | Should -Be (Get-SandboxKey).id[3..7]
        @(Get-SandboxRequest -Method GET).target | Should -BeLike '*offset=3&limit=5*'
    }

    It 'counts the filtered keys, not the server''s, for -First and -Skip' {
        (Get-ByokKey -Name 'groq*' -Skip 2 -First 2).Id | Should -Be (Get-SandboxKey | Where-Object name -Like 'groq*').id[2, 3]
    }

    It 'gives nothing for -First 0, and asks nothing' {
        Get-ByokKey -First 0 | Should -BeNullOrEmpty
        Get-SandboxRequest | Should -BeNullOrEmpty
    }

    It 'says the total with -IncludeTotalCount' {
        $said = @(Get-ByokKey -First 1 -IncludeTotalCount)
        $said | Should -HaveCount 2
        "$($said[0])" | Should -Match '120'
    }

    It 'does not wait for the rest when the next command has enough' {
        # Every page after the first never comes.
        Set-SandboxFault '/offset=[1-9]/:Hang'
        try {
            $clock = [Diagnostics.Stopwatch]::StartNew()
            Get-ByokKey | Select-Object -First 3 | Should -HaveCount 3
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 20
        }
        finally {
            Set-SandboxFault
        }
    }

    It 'gives the keys of a workspace' {
        $team = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
        Get-ByokKey -WorkspaceId $team.id | Should -BeNullOrEmpty
        Get-ByokKey -WorkspaceId (Get-ByokKey -First 1).WorkspaceId -First 7 | Should -HaveCount 7
    }

    It 'keeps a field that nobody knows yet' {
        $null = Invoke-SandboxControl POST shape @{ extra_fields = @{ brand_new = @(1, 'two') } }
        try {
            (Get-ByokKey -First 1).AdditionalProperties['brand_new'] | Should -Be 1, 'two'
        }
        finally {
            $null = Invoke-SandboxControl POST shape @{}
        }
    }
}

Describe 'Get-ByokKey gets' {
    BeforeAll { $ids = (Get-SandboxKey).id[0..3] }

    It 'one by -Id' {
        $key = Get-ByokKey -Id $ids[1]
        $key | Should -BeOfType ([OpenRouter.Byok.ByokKey])
        $key.Id | Should -Be $ids[1]
    }

    It 'several by -Id, in their order' {
        (Get-ByokKey -Id $ids[2], $ids[0]).Id | Should -Be $ids[2], $ids[0]
    }

    It '<Case> from the pipeline' -ForEach @(
        @{ Case = 'texts'; Make = { $ids } }
        @{ Case = 'UUIDs'; Make = { $ids | ForEach-Object { [guid]$_ } } }
        @{ Case = 'keys'; Make = { Get-ByokKey -First 4 } }
        @{ Case = 'rows'; Make = { $ids | ForEach-Object { [pscustomobject]@{ Id = $_; Owner = 'somebody' } } } }
        @{ Case = 'hashtables'; Make = { $ids | ForEach-Object { @{ Id = $_ } } } }
        @{ Case = 'selected properties'; Make = { Get-ByokKey -First 4 | Select-Object Id, Name } }
        @{ Case = 'keys that were a file'; Make = {
                $path = Join-Path $TestDrive keys.xml
                Get-ByokKey -First 4 | Export-Clixml $path
                Import-Clixml $path
            }
        }
        @{ Case = 'keys of a job'; Make = {
                Start-Job { Import-Module $using:ModulePath; Get-ByokKey -First 4 } | Receive-Job -Wait -AutoRemoveJob
            }
        }
    ) {
        (& $Make | Get-ByokKey).Id | Should -Be $ids
    }

    It 'a key that was a file knows its type' {
        $path = Join-Path $TestDrive typed.xml
        Get-ByokKey -First 1 | Export-Clixml $path
        (Import-Clixml $path).PSTypeNames | Should -Contain 'Deserialized.OpenRouter.Byok.ByokKey'
    }

    It 'not by -Id and -Provider together' {
        { Get-ByokKey -Id $ids[0] -Provider openai } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
    }
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    # A vault that gives a raw key for every name but 'missing': what Get-Secret is to a runbook.
    $vault = New-Item (Join-Path $TestDrive 'modules/Microsoft.PowerShell.SecretManagement') -ItemType Directory -Force
    Set-Content $vault/Microsoft.PowerShell.SecretManagement.psm1 @'
function Get-Secret([string] $Name, [string] $Vault) {
    if ($Name -eq 'missing') { throw "The secret $Name was not found." }
    if ($Name -eq 'management') { return ConvertTo-SecureString $env:TEST_MANAGEMENT_KEY -AsPlainText -Force }
    ConvertTo-SecureString "raw-$Vault$Name-canary-0123456789" -AsPlainText -Force
}
'@
    New-ModuleManifest $vault/Microsoft.PowerShell.SecretManagement.psd1 -RootModule Microsoft.PowerShell.SecretManagement.psm1 -ModuleVersion 99.0 -FunctionsToExport Get-Secret

    function Invoke-Runbook {
        <# Runs a runbook as a scheduler does: a process of its own, nobody to ask. #>
        param([string] $Name, [string[]] $Argument, [hashtable] $Environment = @{})

        $start = New-PowerShellStart (@('-NoProfile', '-NonInteractive', '-File', (Join-Path $RepositoryRoot "docs/runbooks/$Name.ps1")) + $Argument)
        $start.WorkingDirectory = $folder
        $start.RedirectStandardError = $true
        $start.Environment['PSModulePath'] = (Join-Path $TestDrive 'modules'), (Split-Path $ModulePath), $env:PSModulePath -join [IO.Path]::PathSeparator
        $Environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $complaint = $process.StandardError.ReadToEndAsync()
        $said = $process.StandardOutput.ReadToEnd() + $complaint.Result
        $process.WaitForExit()
        [pscustomobject]@{ ExitCode = $process.ExitCode; Said = $said }
    }

    function Get-Audit {
        if (Test-Path $audit) { Get-Content $audit | ConvertFrom-Json }
    }

    function Get-OutcomeCount {
        Get-Audit | Group-Object outcome -NoElement | Sort-Object Name | ForEach-Object { "$($_.Count) $($_.Name)" }
    }
}

AfterAll { Stop-Sandbox }

Describe 'A runbook, run by a scheduler' {
    BeforeEach {
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory).FullName
        $audit = Join-Path $folder 'audit.jsonl'
    }

    AfterEach {
        # Whatever happened, no secret is in a file that a runbook wrote.
        Get-ChildItem $folder -File | Get-Content -Raw | Should -Not -Match 'canary|sk-or-v1-'
    }

    Context 'Invoke-KeyRotation' {
        BeforeEach {
            Reset-Sandbox -Seed 6
            $keys = @(Get-ByokKey)
            $list = Join-Path $folder 'rotation.csv'
        }

        It 'rotates every key of the list to what the vault holds, and again without harm' {
            $keys | Select-Object Id, @{ n = 'Secret'; e = { "s$($_.SortOrder)-$($_.Provider)" } } | Export-Csv $list
            $fromVault = @{ TEST_MANAGEMENT_KEY = $env:OPENROUTER_MANAGEMENT_KEY; OPENROUTER_MANAGEMENT_KEY = '' }
            foreach ($time in 1, 2) {
                # The second time the management key comes from the vault as well.
                $run = if ($time -eq 1) {
                    Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit
                }
                else {
                    Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit, '-ManagementKeyName', 'management' -Environment $fromVault
                }

                $run.ExitCode | Should -Be 0 -Because $run.Said
                $run.Said | Should -Match 'Rotated 6 of 6'
                Get-SandboxKey | ForEach-Object { $_.key | Should -Be "raw-s0-$($_.provider)-canary-0123456789" }
            }

            Get-OutcomeCount | Should -Be '12 rotated'
            (Get-Audit)[0].label | Should -Match '^raw\.\.\.'
            (Get-Audit)[0].time | Should -Not -BeNullOrEmpty
        }

        It 'rotates the others when a secret is missing and a key is gone, and fails' {
            $rows = $keys | Select-Object Id, @{ n = 'Secret'; e = { 'fine' } }, @{ n = 'Vault'; e = { '' } }
            $rows[1].Secret = 'missing'
            $rows[2].Id = '00000000-0000-4000-8000-000000000000'
            $rows[3].Vault = 'second'
            $rows | Export-Csv $list
            $run = Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match '2 of 6 keys were not rotated'
            $run.Said | Should -Not -Match 'canary'
            Get-OutcomeCount | Should -Be '2 failed', '4 rotated'
            (Get-SandboxKey -Id $keys[3].Id).key | Should -Be 'raw-secondfine-canary-0123456789'
            (Get-SandboxKey -Id $keys[1].Id).changes | Should -Be 0
            (Get-Audit | Where-Object id -EQ $keys[1].Id).reason | Should -Match 'missing'
            (Get-Audit | Where-Object id -EQ $rows[2].Id).reason | Should -Match '404'
        }

        It 'rotates the others when a row has no id, and does not write down what it has' {
            $rows = $keys | Select-Object Id, @{ n = 'Secret'; e = { 'fine' } }
            $rows[1].Id = ''
            $rows[4].Id = 'sk-in-the-wrong-column'
            $rows | Export-Csv $list
            $run = Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match '2 of 6 keys were not rotated'
            Get-OutcomeCount | Should -Be '2 failed', '4 rotated'
            (Get-Audit | Where-Object outcome -EQ failed).id | Should -Be 'Row 2', 'Row 5'
            Get-Content $audit -Raw | Should -Not -Match 'wrong-column'
        }

        It 'fails when the list is empty or the audit trail cannot be written, and sends nothing' {
            Set-Content $list 'Id,Secret'
            $run = Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match 'has no rows'

            Set-Content $list "Id,Secret`n$($keys[0].Id),fine"
            Clear-SandboxRequest
            $run = Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', (Join-Path $folder 'missing/audit.jsonl')
            $run.ExitCode | Should -Not -Be 0
            Get-SandboxRequest | Should -BeNullOrEmpty
        }

        It 'leaves the connection of its caller as it was' {
            $keys | Select-Object Id, @{ n = 'Secret'; e = { 'fine' } } | Export-Csv $list
            $script = Join-Path $RepositoryRoot 'docs/runbooks/Invoke-KeyRotation.ps1'
            $modules = (Join-Path $TestDrive 'modules'), (Split-Path $ModulePath), $env:PSModulePath -join [IO.Path]::PathSeparator
            $environment = @{ PSModulePath = $modules; TEST_MANAGEMENT_KEY = $env:OPENROUTER_MANAGEMENT_KEY }
            $seen = Invoke-NewPowerShell -Argument $script, $list, $audit -Environment $environment -Script {
                param($script, $list, $audit)
                $null = & $script -Path $list -AuditPath $audit -ManagementKeyName management
                "$((Get-ByokConnection).Source)"
                $own = Connect-Byok (Get-Secret management) -TimeoutSec 77 -PassThru
                $null = & $script -Path $list -AuditPath $audit -ManagementKeyName management
                "$([object]::ReferenceEquals($own.PSObject.BaseObject, (Get-ByokConnection).PSObject.BaseObject))"
            }
            $seen | Should -Be 'Environment', 'True'
            Get-OutcomeCount | Should -Be '12 rotated'
        }

        It 'changes nothing and accounts for each row when the management key is wrong' {
            $keys | Select-Object Id, @{ n = 'Secret'; e = { 'fine' } } | Export-Csv $list
            $run = Invoke-Runbook Invoke-KeyRotation '-Path', $list, '-AuditPath', $audit -Environment @{ OPENROUTER_MANAGEMENT_KEY = 'not-the-key' }
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match '401'
            @(Get-Audit) | Should -HaveCount 6
            Get-OutcomeCount | Should -Not -Match 'rotated'
            (Get-SandboxKey).changes | Sort-Object -Unique | Should -Be 0
        }
    }

    Context 'Disable-ProviderKey' {
        BeforeEach {
            Reset-Sandbox -Seed 16 -GlobalEvery 9
            $team = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
            $null = New-ByokKey openai ('sk-of-the-team-01' | ConvertTo-TestKey) -Name team -WorkspaceId $team.id
        }

        It 'disables every key of the provider in all workspaces and no other, and again without a change' {
            $run = Invoke-Runbook Disable-ProviderKey '-Provider', 'openai', '-AuditPath', $audit
            $run.ExitCode | Should -Be 0 -Because $run.Said
            $run.Said | Should -Match '3 of 3 keys of openai are disabled'
            Get-SandboxKey | ForEach-Object { $_.disabled | Should -Be ($_.provider -eq 'openai') }
            Get-OutcomeCount | Should -Be '3 disabled'

            Clear-SandboxRequest
            $run = Invoke-Runbook Disable-ProviderKey '-Provider', 'openai', '-AuditPath', $audit
            $run.ExitCode | Should -Be 0 -Because $run.Said
            Get-SandboxRequest PATCH | Should -BeNullOrEmpty
            Get-OutcomeCount | Should -Be '3 disabled'

            # The way back, as the help of the runbook says.
            Get-Content $audit | ConvertFrom-Json | Where-Object outcome -EQ disabled | ForEach-Object id | Enable-ByokKey
            (Get-SandboxKey).disabled | Should -Not -Contain $true
        }

        It 'disables the others when one cannot be, fails, and finishes the next time' {
            Set-SandboxFault 'Update:Status(403)x1'
            $run = Invoke-Runbook Disable-ProviderKey '-Provider', 'openai', '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            @(Get-SandboxKey | Where-Object disabled) | Should -HaveCount 2
            Get-OutcomeCount | Should -Be '2 disabled', '1 failed', '1 still enabled'

            $run = Invoke-Runbook Disable-ProviderKey '-Provider', 'openai', '-AuditPath', $audit
            $run.ExitCode | Should -Be 0 -Because $run.Said
            @(Get-SandboxKey | Where-Object disabled) | Should -HaveCount 3
        }

        It 'does not take a misspelt provider for success' {
            $run = Invoke-Runbook Disable-ProviderKey '-Provider', 'opnai', '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match 'Check the slug'
        }
    }

    Context 'Export-KeyInventory' {
        BeforeEach {
            Reset-Sandbox -Seed 20 -GlobalEvery 7 -NamelessEvery 10
            $team = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
            $null = New-ByokKey openai ('sk-of-the-team-01' | ConvertTo-TestKey) -Name team -WorkspaceId $team.id -Disabled $true -AllowedModels a/b, c/d
            $inventory = Join-Path $folder 'inventory.csv'
        }

        It 'writes every key once and the numbers, and again over the files of before' {
            foreach ($time in 1, 2) {
                $run = Invoke-Runbook Export-KeyInventory '-Path', $inventory, '-AuditPath', $audit
                $run.ExitCode | Should -Be 0 -Because $run.Said
            }

            $rows = Import-Csv $inventory
            $rows | Should -HaveCount 21
            $rows.Id | Sort-Object -Unique | Should -HaveCount 21
            ($rows | Where-Object Name -EQ team).AllowedModels | Should -Be 'a/b;c/d'
            ($rows | Where-Object Id -EQ (Get-SandboxKey)[0].id).CreatedAt | Should -Be '2025-01-01T00:01:00Z'
            $summary = Get-Content (Join-Path $folder 'inventory.summary.json') -Raw | ConvertFrom-Json
            $summary.workspaces, $summary.keys, $summary.global, $summary.disabled, $summary.withoutName, $summary.modelsRestricted | Should -Be 2, 21, 2, 1, 2, 1
            ($summary.providers | Where-Object provider -EQ openai).keys | Should -Be 4
            Get-OutcomeCount | Should -Be '2 written'

            # What it wrote can be edited and read back.
            Clear-SandboxRequest
            Import-Csv $inventory | Set-ByokKey -WhatIf
            Get-SandboxRequest PATCH | Should -BeNullOrEmpty
        }

        It 'leaves the files of before, and fails, when not everything can be read' {
            Set-Content $inventory 'of before'
            Set-SandboxFault 'List:Status(403)+1'
            $run = Invoke-Runbook Export-KeyInventory '-Path', $inventory, '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            Get-Content $inventory | Should -Be 'of before'
            (Get-ChildItem $folder).Name | Sort-Object | Should -Be 'audit.jsonl', 'inventory.csv'
            Get-OutcomeCount | Should -Be '1 failed'
            (Get-Audit).reason | Should -Match '403'
        }
    }

    Context 'Import-KeyList' {
        BeforeEach {
            Reset-Sandbox -Seed 2
            $team = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
            $list = Join-Path $folder 'new-keys.csv'
            Set-Content (Join-Path $folder 'account.json') '{"type":"service_account","project_id":"p","private_key":"k","client_email":"c@example.com"}'
        }

        It 'creates what is not there yet, by name, and nothing the second time' {
            Set-Content $list @"
Provider,Name,Secret,KeyPath,WorkspaceId,Disabled,AllowedModels
openai,openai key 00001,there-already,,,,
openai,Search,search,,,,openai/gpt-5;openai/o3
openai,Search,search,,$($team.id),true,
google-vertex,Vertex,,account.json,,,
"@
            $run = Invoke-Runbook Import-KeyList '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Be 0 -Because $run.Said
            Get-OutcomeCount | Should -Be '3 created', '1 present'
            Get-SandboxKey | Should -HaveCount 5
            $search = @(Get-SandboxKey | Where-Object name -EQ Search)
            $search.key | Should -Be 'raw-search-canary-0123456789', 'raw-search-canary-0123456789'
            ($search | Where-Object workspace_id -EQ $team.id).disabled | Should -BeTrue

            Clear-SandboxRequest
            $run = Invoke-Runbook Import-KeyList '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Be 0 -Because $run.Said
            Get-SandboxRequest POST | Should -BeNullOrEmpty
            Get-OutcomeCount | Should -Be '3 created', '5 present'
        }

        It 'creates the others when rows are wrong, and fails' {
            Set-Content $list @'
Provider,Name,Secret,IsFallback
openai,,nameless,
openai,No secret,missing,
openai,Not a flag,fine,perhaps
,No provider,fine,
openai,Good,fine,true
'@
            $run = Invoke-Runbook Import-KeyList '-Path', $list, '-AuditPath', $audit
            $run.ExitCode | Should -Not -Be 0
            $run.Said | Should -Match '4 of 5 keys were not created'
            Get-OutcomeCount | Should -Be '1 created', '4 failed'
            Get-SandboxKey | Should -HaveCount 3
            (Get-Audit | Where-Object name -EQ 'Not a flag').reason | Should -Match 'IsFallback'
        }

        It 'fails before anything is sent when the account cannot be read' {
            Set-Content $list "Provider,Name,Secret`nopenai,Search,fine"
            $run = Invoke-Runbook Import-KeyList '-Path', $list, '-AuditPath', $audit -Environment @{ OPENROUTER_MANAGEMENT_KEY = 'not-the-key' }
            $run.ExitCode | Should -Not -Be 0
            Get-SandboxKey | Should -HaveCount 2
        }
    }
}

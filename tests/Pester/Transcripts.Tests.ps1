#requires -Version 7.4
# Every transcript of the documents is what a terminal shows: of 80 columns, or of 72 where the document indents it by 8.
BeforeDiscovery {
    . $PSScriptRoot/Terminal.ps1
    $noTerminal = -not (Test-Terminal)
    $root = Join-Path $PSScriptRoot '../..'
    $sections = ((Get-Content (Join-Path $root README.md) -Raw) -replace "`r") -split '(?m)^(?=## )' | Where-Object { $_ -match '(?m)^PS> ' } | ForEach-Object {
        @{ Width = 80; Title = "README.md, $(if ($_ -match '\A## (.*)') { $Matches[1] } else { 'the beginning' })"; Text = $_ }
    }
    $topics = Get-ChildItem (Join-Path $root docs/en-US) -Filter about_*.help.txt | ForEach-Object {
        $text = (Get-Content $_ -Raw) -replace "`r"
        if ($text -match '(?m)^ *PS> ') { @{ Width = 72; Title = $_.Name; Text = $text } }
    }
    $documents = @($sections) + @($topics)
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    . $PSScriptRoot/Terminal.ps1

    # As long as the masked input that the documents show.
    $managementKey = 'sk-or-v1-demo'
    Start-Sandbox -Option '--ManagementKey', $managementKey
    $script:Sandbox.ManagementKey = $managementKey
    Connect-SandboxEnvironment

    # The vault of the one who types.
    $preamble = @'
function Get-Secret([string] $Name, [string] $Vault) {
    ConvertTo-SecureString @{
        'OpenRouterManagementKey' = 'sk-or-v1-demo'
        'openai-search'           = 'sk-openai-search-0123456Wm9r'
        'anthropic-drafts'        = 'sk-ant-drafts-0123456789Hn2p'
        'groq-batch'              = 'gsk_batch-0123456789abcdVc8y'
    }[$Name] -AsPlainText -Force
}
'@
    $vault = New-Item (Join-Path $TestDrive 'modules/Microsoft.PowerShell.SecretManagement') -ItemType Directory -Force
    Set-Content $vault/Microsoft.PowerShell.SecretManagement.psm1 $preamble
    New-ModuleManifest $vault/Microsoft.PowerShell.SecretManagement.psd1 -RootModule Microsoft.PowerShell.SecretManagement.psm1 -ModuleVersion 99.0 -FunctionsToExport Get-Secret
    $modules = (Join-Path $TestDrive 'modules'), (Split-Path $ModulePath), $env:PSModulePath -join [IO.Path]::PathSeparator
}

AfterAll { Stop-Sandbox }

Describe 'The transcript of <Title>' -ForEach $documents -Skip:$noTerminal {
    BeforeEach {
        Reset-Sandbox
        $null = Invoke-SandboxControl POST keys @{ provider = 'openai'; name = 'Search'; key = 'sk-openai-search-0123456Qd7x' }
        $null = Invoke-SandboxControl POST keys @{ provider = 'anthropic'; name = 'Drafts'; key = 'sk-ant-drafts-01234567899kLm' }
        $null = Invoke-SandboxControl POST keys @{ provider = 'groq'; name = 'Batch'; key = 'gsk_batch-0123456789abcdTz41'; is_fallback = $true }
        $null = Invoke-SandboxControl POST keys @{ provider = 'mistral'; name = 'Old trial'; key = 'mst-old-trial-0123456789uW3e'; disabled = $true }
        $folder = (New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory).FullName
        $ids = @{}
        Get-SandboxKey | ForEach-Object { $ids[$_.name] = $_.id }
        Set-Content (Join-Path $folder rotation.csv) "Id,Secret`n$($ids.Drafts),anthropic-drafts`n$($ids.Batch),groq-batch"
        Set-Content (Join-Path $folder keys.csv) "Provider,Name,Secret,Disabled,AllowedModels`nopenai,Search,openai-search,,openai/gpt-5;openai/o3`nanthropic,Drafts,,true,`ngroq,Nightly,groq-batch,,"
    }

    It 'is what a terminal shows' {
        $expected = Read-Transcript $Text
        $answers = [Collections.Generic.List[object]]::new()
        foreach ($line in ($expected.Output -join "`n") -split "`n") {
            switch -regex ($line) {
                '^ApiKey: \*+$' { $answers.Add(@('ApiKey: ', $managementKey)) }
                '^New key: \*+$' { $answers.Add(@('New key: ', 'sk-openai-search-01234567Wm9r')) }
                '\(default is "[YN]"\): ?(\w*)$' { $answers.Add(@('\(default is "[YN]"\): ?', $Matches[1])) }
            }
        }

        # A section that does not connect uses the environment.
        $shown = @(Invoke-Terminal -Command $expected.Command -Preamble $preamble -Answer $answers -Folder $folder -Width $Width -Environment @{
                PSModulePath              = $modules
                OPENROUTER_MANAGEMENT_KEY = if ($Text -match '(?m)^PS> Connect-Byok') { '' } else { $managementKey }
            })
        foreach ($at in 0..($expected.Count - 1)) {
            "PS> $($expected[$at].Command)" -split "`n" | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width -Because $_ }
            $shown[$at] | Should -BeExactly $expected[$at].Output -Because "that is what '$($expected[$at].Command)' shows"
        }
    }
}

BeforeDiscovery {
    $documents = Join-Path $PSScriptRoot '../../docs/en-US'
    $helps = Get-ChildItem $documents -Filter *-*.md | ForEach-Object {
        $text = (Get-Content $_ -Raw) -replace "`r"
        @{
            Name     = $_.BaseName
            Text     = $text
            Examples = @([regex]::Matches($text, '(?ms)^### (Example \d+: [^\n]+)\n\n```powershell\n(.*?)\n```\n(?:\n```Output\n(.*?)\n```\n)?\n(\S.*?)(?=\n\n#)') | ForEach-Object {
                    @{ Title = $_.Groups[1].Value; Code = $_.Groups[2].Value; Output = $_.Groups[3].Value; Text = $_.Groups[4].Value }
                })
        }
    }
    $topics = Get-ChildItem $documents -Filter about_*.help.txt | ForEach-Object { @{ Topic = $_.Name -replace '\.help\.txt$'; Path = $_.FullName } }
    $texts = @(Get-ChildItem (Join-Path $PSScriptRoot '../..') -Filter *.md -File | ForEach-Object { @{ File = $_.Name; Path = $_.FullName } })
    $texts += Get-ChildItem (Join-Path $PSScriptRoot '../../docs') -Filter *.md -File -Recurse | ForEach-Object { @{ File = $_.Name; Path = $_.FullName } }
    $platyPS = Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    $documents = Join-Path $RepositoryRoot 'docs/en-US'

    # What the Markdown says of a parameter, in the words of ConvertTo-Description.
    function Read-Parameter([string] $Text) {
        $described = [ordered]@{}
        foreach ($match in [regex]::Matches($Text, '(?ms)^### -(\w+)\n\n(.*?)\n\n```yaml\n(.*?)\n```')) {
            $yaml = $match.Groups[3].Value
            $sets = [regex]::Matches($yaml, '(?m)^- Name: (.+)\n  Position: (\w+)\n  IsRequired: (\w+)\n  ValueFromPipeline: (\w+)\n  ValueFromPipelineByPropertyName: (\w+)')
            $described[$match.Groups[1].Value] = [pscustomobject]@{
                Text   = $match.Groups[2].Value
                Facts  = @(
                    "type $([regex]::Match($yaml, '(?m)^Type: (.+)$').Groups[1].Value)"
                    "wildcards $([regex]::Match($yaml, '(?m)^SupportsWildcards: (.+)$').Groups[1].Value)"
                    $sets | ForEach-Object { ($_.Groups[1..5].Value -join ' ') } | Sort-Object
                ) -join "`n"
            }
        }

        $described
    }

    # What the command itself says of a parameter.
    function ConvertTo-Description([Management.Automation.ParameterMetadata] $Parameter) {
        $type = [Nullable]::GetUnderlyingType($Parameter.ParameterType)
        $type = if ($type) { "System.Nullable``1[$($type.FullName)]" } else { $Parameter.ParameterType.FullName }
        @(
            "type $type"
            "wildcards $("$([bool]($Parameter.Attributes | Where-Object { $_ -is [SupportsWildcards] }))".ToLowerInvariant())"
            $Parameter.ParameterSets.GetEnumerator() | ForEach-Object {
                $name = if ($_.Key -eq '__AllParameterSets') { '(All)' } else { $_.Key }
                $place = if ($_.Value.Position -eq [int]::MinValue) { 'Named' } else { $_.Value.Position }
                "$name $place $($_.Value.IsMandatory) $($_.Value.ValueFromPipeline) $($_.Value.ValueFromPipelineByPropertyName)".ToLowerInvariant() -replace '^\S+', $name -replace 'named', 'Named'
            } | Sort-Object
        ) -join "`n"
    }

    function Get-Section([string] $Title) {
        [regex]::Match($Text, "(?ms)^## $Title\n\n(.*?)(?=^## |\z)").Groups[1].Value
    }

    # Text without the marks of the Markdown, in one line.
    function ConvertTo-PlainText([string[]] $Text) {
        ("$Text" -replace '\[([^\]]+)\]\([^)]*\)', '$1' -replace '`' -replace '\s+', ' ').Trim()
    }

    function Clear-Variation([string] $Text) {
        # A table shows local dates, cuts ids to the width of the host's screen, and the host decides on spaces at the end of a line.
        ($Text -replace "`r" -split "`n" | ForEach-Object {
            ($_ -replace '\b\d{4}-\d\d-\d\d\b', 'YYYY-MM-DD' -replace '\b([0-9a-f]{8})-[0-9a-f-]*\u2026?', '$1').TrimEnd()
        }) -join "`n"
    }
}

AfterAll { Stop-Sandbox }

Describe 'The help' {
    It 'has a page for each cmdlet and a cmdlet for each page' {
        $pages = (Get-ChildItem $documents -Filter *-*.md).BaseName | Sort-Object
        $pages | Should -Be ((Get-Command -Module OpenRouter.Byok).Name | Sort-Object)
    }

    It 'has the about topic <_>' -ForEach 'about_OpenRouter.Byok', 'about_Byok_DesiredState', 'about_Byok_Rotation', 'about_Byok_Automation', 'about_Byok_Security' {
        Join-Path $documents "$_.help.txt" | Should -Exist
    }

    It 'that Get-Help shows is made of the Markdown' -Skip:(-not $platyPS) {
        $renewed = Join-Path $TestDrive 'renewed.xml'
        Invoke-NewPowerShell -Argument (Join-Path $RepositoryRoot 'build.ps1'), $renewed -Script {
            param($build, $path)
            & $build -Task Docs -HelpPath $path 6> $null
        }
        $committed = Get-Content "$documents/OpenRouter.Byok.dll-Help.xml"
        Get-Content $renewed | Should -Be $committed -Because 'build.ps1 -Task Docs renews it'
    }

    It 'is laid out with the module' {
        foreach ($file in Get-ChildItem $documents -File | Where-Object Extension -NE '.md') {
            Get-Content "$ModulePath/en-US/$($file.Name)" | Should -Be (Get-Content $file.FullName) -Because $file.Name
        }
    }
}

Describe 'The help of <Name>' -ForEach $helps {
    BeforeAll {
        $command = Get-Command $Name
        $described = Read-Parameter $Text
        $parameters = $command.Parameters.Values | Where-Object Name -NotIn ([Management.Automation.PSCmdlet]::CommonParameters)
    }

    It 'says what the command does, takes and gives' {
        $Text | Should -Not -Match '\{\{'
        foreach ($section in 'SYNOPSIS', 'DESCRIPTION', 'INPUTS', 'OUTPUTS', 'NOTES', 'RELATED LINKS') {
            $Text | Should -Match "(?m)^## $section\n\n\S"
        }

        $Examples.Count | Should -BeGreaterOrEqual 3
        [regex]::Matches($Text, '(?m)^### Example').Count | Should -Be $Examples.Count
    }

    It 'describes just the parameters that there are, as they are' {
        $described.Keys | Sort-Object | Should -Be ($parameters.Name | Sort-Object)
        foreach ($parameter in $parameters) {
            $described[$parameter.Name].Text | Should -Not -BeNullOrEmpty
            $described[$parameter.Name].Facts | Should -Be (ConvertTo-Description $parameter) -Because "-$($parameter.Name) is so"
        }
    }

    It 'is complete in Get-Help, for which build.ps1 -Task Docs renews it' {
        $help = Get-Help $Name -Full
        $help.Synopsis | Should -BeExactly (ConvertTo-PlainText (Get-Section SYNOPSIS))
        ConvertTo-PlainText $help.description.Text | Should -BeExactly (ConvertTo-PlainText (Get-Section DESCRIPTION))

        # A command without parameters of its own has one blank element.
        $shown = @($help.parameters.parameter | Where-Object { $_.name })
        $shown.name | Sort-Object | Should -Be ($described.Keys | Sort-Object)
        foreach ($parameter in $shown) {
            ConvertTo-PlainText $parameter.description.Text | Should -BeExactly (ConvertTo-PlainText $described[$parameter.name].Text)
        }

        $sets = [regex]::Matches((Get-Section SYNTAX), '(?s)```\n(.*?)\n```') | ForEach-Object { "$([regex]::Matches($_.Groups[1].Value, '(?<=[\[ ])-\w+').Value | Sort-Object)" }
        $help.syntax.syntaxItem | ForEach-Object { "$(@($_.parameter.name) -ne $null | ForEach-Object { "-$_" } | Sort-Object)" } | Should -Be $sets

        @($help.examples.example).Count | Should -Be $Examples.Count
        foreach ($at in 0..($Examples.Count - 1)) {
            $example = @($help.examples.example)[$at]
            $example.title.Trim('-', ' ') | Should -BeExactly $Examples[$at].Title
            $example.code | Should -BeExactly $Examples[$at].Code
            ConvertTo-PlainText $example.remarks.Text | Should -BeExactly (ConvertTo-PlainText "$($Examples[$at].Output) $($Examples[$at].Text)")
        }
    }

    It 'is plain text in the console' {
        $help = Get-Help $Name -Full
        $text = $help | Out-String -Width 4096
        $text | Should -Not -Match '[`\x80]|\.md\b|\.help\.txt|Online Version' -Because 'marks of the Markdown and names of its files are nothing to a reader'
        foreach ($paragraph in @($help.description.Text) + @($help.parameters.parameter.description.Text)) {
            # The console breaks the lines of a paragraph; only an item of a list begins one.
            "$paragraph".TrimEnd() | Should -Not -Match '\n(?!- )'
        }

        # There is no page of the web to open.
        { Get-Help $Name -Online } | Should -Throw -ErrorId 'InvalidOperation,Microsoft.PowerShell.Commands.GetHelpCommand'
    }

    It 'keeps the lines of its examples at 80 columns' {
        # Get-Help indents by 4, leaves the last column free, and drops the blanks at the beginning of an output.
        $help = Get-Help $Name -Examples
        $lines = @($help.examples.example).title + @($help.examples.example).code.Split("`n") + $Examples.Output.Split("`n")
        $lines | Where-Object Length -GT 75 | Should -BeNullOrEmpty
        $Examples.Output | Where-Object { $_ -match '^ ' } | Should -BeNullOrEmpty

        $shown = $help | Out-String -Width 79
        foreach ($line in $Examples.Output.Split("`n") | Where-Object { $_.Trim() }) {
            $shown | Should -Match "(?m)^    $([regex]::Escape($line.TrimEnd()))\s*$" -Because 'an output is shown line by line'
        }
    }

    It 'shows just the syntaxes that there are' {
        $shown = [regex]::Matches($Text, '(?ms)^### ([^\n]+)\n\n```\n(.*?)\n```') | ForEach-Object {
            "$($_.Groups[1].Value -replace ' \(Default\)' -replace '__AllParameterSets', '(All)') $([regex]::Matches($_.Groups[2].Value, '(?<=[\[ ])-\w+').Value | Sort-Object)"
        }
        $real = $command.ParameterSets | ForEach-Object {
            "$($_.Name -replace '__AllParameterSets', '(All)') $($_.Parameters.Name | Where-Object { $_ -notin [Management.Automation.PSCmdlet]::CommonParameters } | ForEach-Object { "-$_" } | Sort-Object)"
        }
        $shown | Sort-Object | Should -Be ($real | Sort-Object)
        Get-Command $Name -Syntax | Should -Not -Match '[`.]|Nullable' -Because 'short names of types can be read'
    }

    It 'names the outputs that the command declares' {
        $declared = @($command.OutputType.Name)
        [regex]::Match($Text, '(?m)^## OUTPUTS\n\n### (\S+)').Groups[1].Value | Should -BeIn $declared
    }

    It 'has links to pages that are there, by relative name' {
        $links = [regex]::Matches(($Text -split '## RELATED LINKS')[1], '\]\(([^)]+)\)') | ForEach-Object { $_.Groups[1].Value }
        $links | Should -Not -BeNullOrEmpty
        foreach ($link in $links) {
            $link | Should -Not -Match '://'
            Join-Path $documents $link | Should -Exist
        }
    }

    # The outputs are those of PowerShell 7, which lays tables out in another way than Windows PowerShell.
    Context 'Each example does what it says' -Skip:($PSVersionTable.PSEdition -eq 'Desktop') {
        BeforeAll {
            # The vault, as a module: a script block of Connect-Byok runs in a runspace of its own.
            $vault = New-Item (Join-Path $TestDrive 'modules/Microsoft.PowerShell.SecretManagement/Microsoft.PowerShell.SecretManagement.psm1') -Force -Value {
                function Get-Secret {
                    [CmdletBinding()]
                    param([string] $Name, [string] $Vault)

                    if ($Vault) { throw "There is no vault $Vault." }
                    $text = if ($Name -like 'OpenRouter*') { $env:OPENROUTER_MANAGEMENT_KEY } else { 'raw-x1y2z3w4-0123456789' }
                    ConvertTo-SecureString $text -AsPlainText -Force
                }
            }.ToString()
            $modulePath = $env:PSModulePath
            $env:PSModulePath = $vault.Directory.Parent.FullName + [IO.Path]::PathSeparator + $modulePath
        }

        AfterAll {
            $env:PSModulePath = $modulePath
            Remove-Module Microsoft.PowerShell.SecretManagement -ErrorAction Ignore
        }

        BeforeEach {
            Reset-Sandbox -Seed 24 -GlobalEvery 6
            $null = Invoke-SandboxControl POST workspaces @{ name = 'Team' }
            Disconnect-Byok
            Push-Location (New-Item (Join-Path $TestDrive ([guid]::NewGuid())) -ItemType Directory)
            $ids = (Get-ByokKey -First 2).Id
            Set-Content rotation.csv "Id,Secret`n$($ids[0]),openai-search`n$($ids[1]),anthropic-drafts"
            Set-Content new-keys.csv "Provider,Name,Disabled,Secret`nopenai,Search,,openai-search`nanthropic,Drafts,true,anthropic-drafts"
            Set-Content retired.csv "Id,Reason`n$($ids[0]),moved"
            Set-Content service-account.json '{"type":"service_account","project_id":"p","private_key":"k","client_email":"c@example.com"}'
        }

        AfterEach {
            Pop-Location
            Disconnect-Byok
        }

        It '<Title>' -ForEach $Examples {
            # The prompt and the automation account of the one who tries the example.
            function Read-Host([string] $Prompt, [switch] $AsSecureString) {
                $AsSecureString | Should -BeTrue -Because 'a secret is never typed in clear'
                if ($Prompt -like 'Management*') { ConvertTo-TestKey $env:OPENROUTER_MANAGEMENT_KEY } else { ConvertTo-TestKey 'raw-x1y2z3w4-0123456789' }
            }
            function Get-AutomationPSCredential([string] $Name) {
                [pscredential]::new($Name, (ConvertTo-TestKey $env:OPENROUTER_MANAGEMENT_KEY))
            }

            $ConfirmPreference = 'None'
            $before = $PSStyle.OutputRendering
            $PSStyle.OutputRendering = 'PlainText'
            try {
                $given = & ([scriptblock]::Create($Code)) | Out-String -Width 100
            }
            finally {
                $PSStyle.OutputRendering = $before
            }

            if ($Output) {
                (Clear-Variation $given).Trim("`n") | Should -Be (Clear-Variation $Output)
            }
        }
    }
}

Describe 'The topic <Topic>' -ForEach $topics {
    It 'fits 80 columns and names its subject' {
        $lines = Get-Content $Path
        $lines | Where-Object Length -GT 80 | Should -BeNullOrEmpty
        $lines[0] | Should -Be 'TOPIC'
        $lines[1].Trim() | Should -Be $Topic
    }

    It 'names commands and topics that there are' {
        $text = Get-Content $Path -Raw
        [regex]::Matches($text, '\b(?:Get|New|Set|Enable|Disable|Remove|Sync|Connect|Disconnect)-Byok\w*').Value | Sort-Object -Unique | ForEach-Object {
            Get-Command $_ -Module OpenRouter.Byok | Should -Not -BeNullOrEmpty
        }
        [regex]::Matches($text, '\babout_[\w.]*\w').Value | Sort-Object -Unique | ForEach-Object { Join-Path $documents "$_.help.txt" | Should -Exist }
        [regex]::Matches($text, '\b[A-Z]\w+-\w+\.ps1').Value | Sort-Object -Unique | ForEach-Object { Join-Path $RepositoryRoot "docs/runbooks/$_" | Should -Exist }
    }
}

Describe 'The text <File>' -ForEach $texts {
    It 'links to files that are there' {
        $text = (Get-Content $Path -Raw) -replace '(?ms)^```.*?^```'
        foreach ($link in [regex]::Matches($text, '(?<!!)\[[^\]]+\]\(([^)\s]+)\)') | ForEach-Object { $_.Groups[1].Value } | Where-Object { $_ -notmatch '^(https?:|#|mailto:)' }) {
            Join-Path (Split-Path $Path) ($link -replace '#.*') | Should -Exist
        }
    }
}

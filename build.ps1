<#
.SYNOPSIS
Builds, tests, documents and packs the module.

.DESCRIPTION
Each task is a few commands that can be typed as well. Build, Test and Demo need the .NET SDK alone; a task that needs a
PowerShell module and does not find it says which and how to get it. Task Tools gets them all.

.EXAMPLE
./build.ps1
Builds the module into out/OpenRouter.Byok.

.EXAMPLE
dotnet run --project tests/PinnedPowerShell -- ./build.ps1 -Task Docs
Renews the help that Get-Help shows from docs/en-US, in the PowerShell that the build restores.

.EXAMPLE
./build.ps1 -Task Analyze, Test, Pack
Analyzes every script, runs every test, and makes out/packages/OpenRouter.Byok.<version>.nupkg.
#>
[CmdletBinding()]
param(
    # What to do, in this order.
    [ValidateSet('Build', 'Test', 'Demo', 'Analyze', 'Docs', 'Pack', 'Bench', 'Soak', 'Audit', 'Tools', 'CheckRelease')]
    [string[]] $Task = 'Build',

    # The configuration to build; a package is always built as Release.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # A module that is laid out already, for Pack: it is packed as it is and not built.
    [string] $ModulePath,

    # The file that Docs writes.
    [string] $HelpPath = (Join-Path $PSScriptRoot 'docs/en-US/OpenRouter.Byok.dll-Help.xml'),

    # Where Pack puts the package, its bill of materials and its release notes.
    [string] $PackagePath,

    # The tag that CheckRelease compares with the version: v1.2.3.
    [string] $Tag
)

$ErrorActionPreference = 'Stop'
$root = $PSScriptRoot
$module = if ($ModulePath) { (Resolve-Path $ModulePath).Path } else { Join-Path $root 'out/OpenRouter.Byok' }
$packages = if ($PackagePath) { $PackagePath } else { Join-Path $root 'out/packages' }

function Invoke-Dotnet {
    Write-Host "> dotnet $args"
    & dotnet @args
    if ($LASTEXITCODE -ne 0) { throw "dotnet $($args[0]) failed with exit code $LASTEXITCODE." }
}

# The modules of the PowerShell Gallery that tasks need, in the versions that the workflows use.
$tools = @{
    'PSScriptAnalyzer'                      = '1.25.0'
    'Microsoft.PowerShell.PlatyPS'          = '1.0.3'
    'Microsoft.PowerShell.SecretManagement' = '1.1.2'
    'Microsoft.PowerShell.SecretStore'      = '1.0.6'
}

function Install-Tool {
    foreach ($name in $tools.Keys) {
        Install-PSResource $name -Version $tools[$name] -TrustRepository
    }
}

function Import-Tool([string] $Name) {
    $version = $tools[$Name]
    if (-not (Get-Module $Name -ListAvailable | Where-Object Version -GE ([version]$version))) {
        throw "This task requires the module $Name $version or later. Get it with: ./build.ps1 -Task Tools"
    }

    Import-Module $Name -MinimumVersion $version
}

# The manifest is the one place that holds the version.
function Get-ModuleVersion {
    [version][regex]::Match((Get-Content (Join-Path $root 'OpenRouter.Byok.psd1') -Raw), "ModuleVersion\s*=\s*'([0-9.]+)'").Groups[1].Value
}

# The section of the changelog for a version, without its heading.
function Get-ReleaseNote([version] $Version) {
    $changelog = Get-Content (Join-Path $root 'CHANGELOG.md') -Raw -Encoding utf8
    $section = [regex]::Match($changelog, "(?ms)^## $([regex]::Escape($Version))\b[^\n]*\n(.*?)(?=^## |\z)")
    if (-not $section.Success) { throw "CHANGELOG.md has no section '## $Version'." }
    $section.Groups[1].Value.Trim()
}

function Build-Module([string] $Configuration) {
    Invoke-Dotnet build (Join-Path $root 'src/OpenRouter.Byok') --configuration $Configuration
}

# Text of the Markdown as a console shows it: without its marks, and with the line breaks left to the console.
function ConvertTo-ConsoleText([string] $Text) {
    ($Text -replace '\[([^\]]+)\]\([^)]*\)', '$1' -replace '`').Trim() -replace '\r?\n(?!- )', ' '
}

function Add-Paragraph([System.Xml.XmlElement] $Parent, [string[]] $Text) {
    foreach ($one in $Text) {
        $Parent.AppendChild($Parent.OwnerDocument.CreateElement('maml', 'para', $maml)).InnerText = $one
    }
}

# PlatyPS writes an example as one introduction. Get-Help has elements for the command and for what follows.
function Split-Example([System.Xml.XmlElement] $Example) {
    $blank = [string][char]0x80
    $texts = @($Example.SelectNodes('maml:introduction/maml:para', $names).InnerText | Where-Object { $_ -ne $blank }) | ForEach-Object {
        $fence = [regex]::Match($_, '(?s)^\s*```\w*\r?\n(.*?)\r?\n```\s*$')
        $fence.Success ? $fence.Groups[1].Value : (ConvertTo-ConsoleText $_)
    }
    $Example.SelectSingleNode('maml:introduction', $names).RemoveAll()
    $Example.SelectSingleNode('dev:code', $names).InnerText = $texts[0]

    # Get-Help puts nothing between the last paragraph and the next example.
    Add-Paragraph $Example.SelectSingleNode('dev:remarks', $names) ($texts[1..($texts.Count)] + '')
}

# Makes of docs/en-US what Get-Help reads. The build lays that file out with the module, so it is a file of the repository.
function Build-Help {
    Import-Tool Microsoft.PowerShell.PlatyPS
    $scratch = Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid())
    Import-MarkdownCommandHelp (Get-ChildItem (Join-Path $root 'docs/en-US') -Filter *-*.md).FullName | Export-MamlCommandHelp -OutputFolder $scratch | Out-Null
    $document = [System.Xml.XmlDocument]::new()
    $document.Load((Join-Path $scratch 'OpenRouter.Byok/OpenRouter.Byok.dll-Help.xml'))
    Remove-Item $scratch -Recurse

    $maml = 'http://schemas.microsoft.com/maml/2004/10'
    $names = [System.Xml.XmlNamespaceManager]::new($document.NameTable)
    $names.AddNamespace('maml', $maml)
    $names.AddNamespace('command', 'http://schemas.microsoft.com/maml/dev/command/2004/10')
    $names.AddNamespace('dev', 'http://schemas.microsoft.com/maml/dev/2004/10')
    foreach ($paragraph in @($document.SelectNodes('//maml:para[not(ancestor::command:example)]', $names))) {
        $parent = $paragraph.ParentNode
        Add-Paragraph $parent ($paragraph.InnerText -split '(?:\r?\n){2,}' | ForEach-Object { ConvertTo-ConsoleText $_ })
        $null = $parent.RemoveChild($paragraph)
    }

    $document.SelectNodes('//command:example', $names) | ForEach-Object { Split-Example $_ }

    # The syntax has the types as PowerShell writes them.
    foreach ($value in $document.SelectNodes('//command:parameters/command:parameter/command:parameterValue', $names)) {
        $path = "ancestor::command:command/command:syntax/*/command:parameter[maml:name='$($value.ParentNode.name)']/command:parameterValue"
        $value.InnerText = $value.SelectSingleNode($path, $names).InnerText
    }

    # A link of the Markdown names a file, and the links that have no address of the web are all that there is.
    $document.SelectNodes('//maml:navigationLink[maml:linkText="Online Version"]', $names) | ForEach-Object { $null = $_.ParentNode.RemoveChild($_) }
    $document.SelectNodes('//maml:navigationLink/maml:uri', $names) | ForEach-Object { $_.RemoveAll() }

    $settings = [System.Xml.XmlWriterSettings]@{ Indent = $true; NewLineChars = "`n"; Encoding = [System.Text.UTF8Encoding]::new($false) }
    $writer = [System.Xml.XmlWriter]::Create($HelpPath, $settings)
    try {
        $document.Save($writer)
    }
    finally {
        $writer.Dispose()
    }

    Write-Host "Wrote $HelpPath."
}

function Build-Package {
    if (-not $ModulePath) {
        # From nothing, so that no file of an older build is packed.
        Remove-Item $module -Recurse -Force -ErrorAction Ignore
        Build-Module Release
    }

    $version = Get-ModuleVersion
    $note = Get-ReleaseNote $version
    $manifest = Join-Path $module 'OpenRouter.Byok.psd1'
    $text = Get-Content $manifest -Raw -Encoding utf8
    [IO.File]::WriteAllText($manifest, $text.Replace("ReleaseNotes = ''", "ReleaseNotes = '$($note.Replace("'", "''"))'"))
    Copy-Item (Join-Path $root 'LICENSE'), (Join-Path $root 'docs/third-party-notices.txt') $module
    Remove-Item (Join-Path $packages "OpenRouter.Byok.$version.*") -ErrorAction Ignore
    New-Item $packages -ItemType Directory -Force | Out-Null
    Compress-PSResource -Path $module -DestinationPath $packages
    Write-Bom $version
    Set-Content (Join-Path $packages 'release-notes.md') $note -Encoding utf8
    Get-ChildItem $packages
}

# Writes the bill of materials (CycloneDX) from the lock file: each package with its version and hash.
function Write-Bom([version] $Version) {
    $lock = Get-Content (Join-Path $root 'src/OpenRouter.Byok/packages.lock.json') -Raw | ConvertFrom-Json
    $components = foreach ($framework in $lock.dependencies.PSObject.Properties) {
        foreach ($package in $framework.Value.PSObject.Properties | Where-Object { $_.Value.resolved }) {
            $bytes = [Convert]::FromBase64String($package.Value.contentHash)
            [pscustomobject]@{
                type      = 'library'
                'bom-ref' = "pkg:nuget/$($package.Name)@$($package.Value.resolved)"
                name      = $package.Name
                version   = $package.Value.resolved
                hashes    = @(@{ alg = 'SHA-512'; content = -join $bytes.ForEach({ $_.ToString('x2') }) })
                purl      = "pkg:nuget/$($package.Name)@$($package.Value.resolved)"
            }
        }
    }

    [ordered]@{
        bomFormat    = 'CycloneDX'
        specVersion  = '1.5'
        serialNumber = "urn:uuid:$([guid]::NewGuid())"
        version      = 1
        metadata     = @{ component = @{ type = 'library'; 'bom-ref' = 'OpenRouter.Byok'; name = 'OpenRouter.Byok'; version = "$Version" } }
        components   = @($components | Where-Object name -NE PowerShellStandard.Library | Sort-Object purl -Unique)
    } | ConvertTo-Json -Depth 6 | Set-Content (Join-Path $packages "OpenRouter.Byok.$Version.cdx.json") -Encoding utf8
}

function Test-Script {
    Import-Tool PSScriptAnalyzer

    # The manifest is valid only beside the files that it names, so it is judged where the build has laid it out.
    $manifest = Join-Path $module 'OpenRouter.Byok.psd1'
    if (-not (Test-Path $manifest)) { Build-Module $Configuration }
    $scripts = Get-ChildItem $root -Recurse -File -Include *.ps1, *.psm1, *.psd1 |
        Where-Object FullName -NotMatch '[\\/](out|bin|obj|node_modules|TestResults)[\\/]' |
        Where-Object FullName -NE (Join-Path $root 'OpenRouter.Byok.psd1')
    $findings = @($scripts.FullName) + $manifest |
        ForEach-Object {
            $settings = if ($_ -match '[\\/](tests|benchmarks)[\\/]') { 'tests/Pester/PSScriptAnalyzerSettings.psd1' } else { 'PSScriptAnalyzerSettings.psd1' }
            Invoke-ScriptAnalyzer $_ -Settings (Join-Path $root $settings)
        }
    $findings | Format-Table ScriptName, Line, RuleName, Message -Wrap | Out-String -Width 160 | Write-Host
    if ($findings) { throw "PSScriptAnalyzer has $(@($findings).Count) findings." }
    Write-Host "PSScriptAnalyzer has no findings in $(@($scripts).Count + 1) files."
}

# Fails where a package, direct or transitive, has a known vulnerability.
function Test-Package {
    Invoke-Dotnet restore
    $report = & dotnet list package --vulnerable --include-transitive --format json | Out-String | ConvertFrom-Json
    if ($LASTEXITCODE -ne 0 -or -not $report.projects) { throw 'dotnet list package gave no report.' }
    $found = $report.projects.frameworks | ForEach-Object { $_.topLevelPackages; $_.transitivePackages } | Where-Object { $_ }
    $found | Sort-Object id -Unique | ForEach-Object { Write-Host "$($_.id) $($_.resolvedVersion): $($_.vulnerabilities.severity -join ', ') $($_.vulnerabilities.advisoryurl -join ' ')" }
    if ($found) { throw 'There are packages with known vulnerabilities.' }
    Write-Host "No package of $(@($report.projects).Count) projects has a known vulnerability."
}

function Test-Release([string] $Tag) {
    $version = Get-ModuleVersion
    if ($Tag -ne "v$version") { throw "The tag is '$Tag', and the manifest's version is $version." }
    Get-ReleaseNote $version
}

Push-Location $root
try {
    switch ($Task) {
        Build { Build-Module $Configuration }
        Test { Invoke-Dotnet test --configuration $Configuration }
        Demo { Invoke-Dotnet run --project tests/Demo --configuration $Configuration }
        Analyze { Test-Script }
        Docs { Build-Help }
        Pack { Build-Package }
        Bench { Invoke-Dotnet run --project benchmarks/OpenRouter.Byok.Benchmarks --configuration Release }
        Audit { Test-Package }
        Tools { Install-Tool }
        CheckRelease { Test-Release $Tag }
        Soak { Invoke-Dotnet test --project tests/OpenRouter.Byok.Tests --configuration $Configuration '--' --explicit only }
    }
}
finally {
    Pop-Location
}

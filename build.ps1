<#
.SYNOPSIS
Builds, tests, documents and packs the module.

.DESCRIPTION
Each task is a few commands that can be typed as well. Build and test need the .NET SDK alone; a task that needs a
PowerShell module and does not find it says which and how to get it.

.EXAMPLE
./build.ps1
Builds the module into out/OpenRouter.Byok, with its help where Microsoft.PowerShell.PlatyPS is installed.

.EXAMPLE
./build.ps1 -Task Analyze, Test, Pack
Analyzes every script, runs every test, and makes out/packages/OpenRouter.Byok.<version>.nupkg.
#>
[CmdletBinding()]
param(
    # What to do, in this order.
    [ValidateSet('Build', 'Test', 'Demo', 'Analyze', 'Docs', 'Pack', 'Bench', 'Soak', 'Audit', 'CheckRelease')]
    [string[]] $Task = 'Build',

    # The configuration to build; a package is always built as Release.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release',

    # A module that is laid out already, for Docs and Pack: it is taken as it is and not built.
    [string] $ModulePath,

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

function Test-Tool([string] $Name, [version] $Version) {
    [bool](Get-Module $Name -ListAvailable | Where-Object Version -GE $Version)
}

function Import-Tool([string] $Name, [version] $Version) {
    if (-not (Test-Tool $Name $Version)) {
        throw "This task needs the module $Name, $Version or later. Get it with: Install-PSResource $Name"
    }

    Import-Module $Name -MinimumVersion $Version
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
    if (Test-Tool Microsoft.PowerShell.PlatyPS 1.0.0) {
        Build-Help
    }
    else {
        Write-Warning 'Help was left out: it needs the module Microsoft.PowerShell.PlatyPS. Get it with: Install-PSResource Microsoft.PowerShell.PlatyPS'
    }
}

# Compiles docs/en-US to what Get-Help reads.
function Build-Help {
    Import-Tool Microsoft.PowerShell.PlatyPS 1.0.0
    $source = Join-Path $root 'docs/en-US'
    $target = New-Item (Join-Path $module 'en-US') -ItemType Directory -Force
    $scratch = Join-Path ([IO.Path]::GetTempPath()) ([guid]::NewGuid())
    Import-MarkdownCommandHelp (Get-ChildItem $source -Filter *-*.md).FullName | Export-MamlCommandHelp -OutputFolder $scratch | Out-Null
    $maml = Get-Content (Join-Path $scratch 'OpenRouter.Byok/OpenRouter.Byok.dll-Help.xml') -Raw -Encoding utf8
    Remove-Item $scratch -Recurse

    # Get-Help shows the text as it is: without the fences of Markdown, and without a link to nowhere.
    $maml = $maml -replace '(?m)(?<=<maml:para>)```\w*\r?\n|\r?\n```(?=</maml:para>)' -replace '\s*<maml:navigationLink>\s*<maml:linkText>Online Version</maml:linkText>\s*<maml:uri />\s*</maml:navigationLink>'
    [IO.File]::WriteAllText((Join-Path $target 'OpenRouter.Byok.dll-Help.xml'), $maml)
    Copy-Item (Join-Path $source 'about_*.help.txt') $target
    Write-Host "Help is in $target."
}

function Build-Package {
    Import-Tool Microsoft.PowerShell.PSResourceGet 1.1.0
    Import-Tool Microsoft.PowerShell.PlatyPS 1.0.0
    if ($ModulePath) {
        Build-Help
    }
    else {
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
    Import-Tool PSScriptAnalyzer 1.21.0

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
        CheckRelease { Test-Release $Tag }
        Soak { Invoke-Dotnet test --project tests/OpenRouter.Byok.Tests --configuration $Configuration '--' --explicit only }
    }
}
finally {
    Pop-Location
}

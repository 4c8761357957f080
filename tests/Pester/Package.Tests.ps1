#requires -Version 7.6
# Packs the module and installs it as a user does. Everything that an installation writes goes to a home of its own.
BeforeDiscovery {
    # On Windows both tools install into the Documents folder of the user, which no environment variable moves.
    $keepsHome = $IsWindows -and -not $env:CI
    $tools = @(
        @{
            Tool       = 'Microsoft.PowerShell.PSResourceGet'
            Register   = { param($name, $folder) Register-PSResourceRepository $name -Uri $folder -Trusted }
            Install    = { param($name, $version) Install-PSResource OpenRouter.Byok -Version $version -Repository $name -Scope CurrentUser }
            Update     = { param($name) Update-PSResource OpenRouter.Byok -Repository $name -Scope CurrentUser }
            Uninstall  = { param($version) Uninstall-PSResource OpenRouter.Byok -Version $version -Scope CurrentUser }
            Unregister = { param($name) Unregister-PSResourceRepository $name }
        }
        @{
            Tool       = 'PowerShellGet'
            Register   = { param($name, $folder) Register-PSRepository $name -SourceLocation $folder -InstallationPolicy Trusted }
            Install    = { param($name, $version) Install-Module OpenRouter.Byok -RequiredVersion $version -Repository $name -Scope CurrentUser }
            Update     = { param($name) $null = $name; Update-Module OpenRouter.Byok -Scope CurrentUser }
            Uninstall  = { param($version) Uninstall-Module OpenRouter.Byok -RequiredVersion $version }
            Unregister = { param($name) Unregister-PSRepository $name }
        }
    )
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox -Seed 3
    $version = (Test-ModuleManifest $ModulePath/OpenRouter.Byok.psd1).Version
    $later = [version]::new($version.Major, $version.Minor + 1, 0)
    $packages = Join-Path $TestDrive 'packages'

    # Copies, so that no other test sees a module that changes.
    $copy = Join-Path $TestDrive 'built/OpenRouter.Byok'
    $laterCopy = Join-Path $TestDrive 'later/OpenRouter.Byok'
    foreach ($folder in $copy, $laterCopy) {
        $null = New-Item (Split-Path $folder) -ItemType Directory
        Copy-Item $ModulePath $folder -Recurse
    }

    $manifest = Join-Path $laterCopy 'OpenRouter.Byok.psd1'
    Set-Content $manifest ((Get-Content $manifest -Raw) -replace "(ModuleVersion\s+= )'[^']+'", "`$1'$later'")
    Invoke-NewPowerShell -Timeout 120 -Argument (Join-Path $RepositoryRoot 'build.ps1'), $copy, $laterCopy, $packages -Script {
        param($build, $copy, $laterCopy, $packages)
        $null = & $build -Task Pack -ModulePath $copy -PackagePath $packages 6> $null
        Compress-PSResource -Path $laterCopy -DestinationPath $packages
    }

    function Invoke-AtHome([string] $Name, [object[]] $Argument, [scriptblock] $Script) {
        # In a PowerShell whose user has a home of their own, with nothing but PowerShell's own modules.
        $userHome = Join-Path $TestDrive "home-$Name"
        $null = New-Item $userHome -ItemType Directory -Force
        $environment = @{ HOME = $userHome; XDG_DATA_HOME = ''; XDG_CONFIG_HOME = ''; XDG_CACHE_HOME = ''; PSModulePath = '' }
        Invoke-NewPowerShell -Timeout 300 -Argument $Argument -Environment $environment -Script $Script
    }
}

AfterAll { Stop-Sandbox }

Describe 'The package' {
    BeforeAll {
        $saved = Join-Path $TestDrive 'saved'
        $seen = Invoke-AtHome saved $packages, $saved, "$version" {
            param($packages, $saved, $version)
            Register-PSResourceRepository byok -Uri $packages -Trusted
            $found = Find-PSResource OpenRouter.Byok -Version $version -Repository byok
            $null = New-Item $saved -ItemType Directory
            Save-PSResource OpenRouter.Byok -Version $version -Repository byok -Path $saved
            $env:PSModulePath = $saved
            @{
                found = @{ version = "$($found.Version)"; description = $found.Description; tags = $found.Tags; author = $found.Author }
                notes = (Get-Module OpenRouter.Byok -ListAvailable).ReleaseNotes
            }
        }
        $folder = Join-Path $saved "OpenRouter.Byok/$version"
    }

    It 'shows in a gallery what it is' {
        $seen.found.version | Should -Be "$version"
        $seen.found.description | Should -Match 'OpenRouter'
        $seen.found.author | Should -Not -BeNullOrEmpty
        $seen.found.tags | Should -Contain 'PSEdition_Desktop'
        $seen.found.tags | Should -Contain 'PSEdition_Core'
    }

    It 'has the release notes of the changelog' {
        $changelog = (Get-Content (Join-Path $RepositoryRoot CHANGELOG.md) -Raw) -replace "`r"
        $section = [regex]::Match($changelog, "(?ms)^## $([regex]::Escape("$version"))[^\n]*\n(.*?)(?=^## |\z)").Groups[1].Value.Trim()
        $section | Should -Not -BeNullOrEmpty
        $seen.notes -replace "`r" | Should -Be $section
    }

    It 'has every file of the module, and the licences' {
        $files = Get-ChildItem $folder -Recurse -File | ForEach-Object { $_.FullName.Substring($folder.Length + 1) }
        foreach ($file in Get-ChildItem $ModulePath -Recurse -File | ForEach-Object { $_.FullName.Substring($ModulePath.Length + 1) }) {
            $files | Should -Contain $file
        }

        $files | Should -Contain 'LICENSE'
        $notices = Get-Content $folder/third-party-notices.txt -Raw
        foreach ($library in (Get-ChildItem "$folder/*/dependencies/*.dll").BaseName -notlike 'OpenRouter.*' | Sort-Object -Unique) {
            $family = $library -replace '^(Microsoft\.Extensions|Microsoft\.Bcl|System)\..*', '$1.*'
            $notices | Should -Match ([regex]::Escape($family))
        }
    }

    It 'comes with a bill of materials that names every library in it' {
        $bom = Get-Content (Join-Path $packages "OpenRouter.Byok.$version.cdx.json") -Raw | ConvertFrom-Json
        $bom.bomFormat | Should -Be 'CycloneDX'
        $bom.specVersion | Should -Be '1.5'
        $bom.serialNumber | Should -Match '^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        foreach ($library in (Get-ChildItem "$folder/*/dependencies/*.dll").BaseName -notlike 'OpenRouter.*' | Sort-Object -Unique) {
            $bom.components.name | Should -Contain $library
        }

        $bom.components.purl | Sort-Object -Unique | Should -HaveCount $bom.components.Count
        $bom.components | ForEach-Object { $_.hashes[0].content | Should -Match '^[0-9a-f]{128}$' }
    }
}

Describe 'With <Tool>' -ForEach $tools -Skip:$keepsHome {
    It 'installs, and a command loads it by its name' {
        $seen = Invoke-AtHome $Tool "$Register", "$Install", $packages, "$version" {
            param($register, $install, $packages, $version)
            & ([scriptblock]::Create($register)) byok $packages
            & ([scriptblock]::Create($install)) byok $version
            @{
                keys     = @(Get-ByokKey).Count
                folder   = (Get-Module OpenRouter.Byok).ModuleBase
                commands = @((Get-Command -Module OpenRouter.Byok).Name)
                example  = @((Get-Help Set-ByokKey -Full).examples.example)[0].code
                about    = Get-Help about_Byok_Security | Out-String
                type     = "$([OpenRouter.Byok.ByokKey])"
            }
        }
        $seen.keys | Should -Be 3
        $seen.folder | Should -BeLike "*OpenRouter.Byok?$version"
        $seen.folder | Should -Not -BeLike "$RepositoryRoot*"
        $seen.commands | Sort-Object | Should -Be ((Get-Command -Module OpenRouter.Byok).Name | Sort-Object)
        $seen.example | Should -Not -BeNullOrEmpty
        $seen.about | Should -Match 'about_Byok_Security'
        $seen.type | Should -Be 'OpenRouter.Byok.ByokKey'
    }

    It 'updates while the version before is loaded and at work' {
        $seen = Invoke-AtHome $Tool "$Update", "$version" {
            param($update, $version)
            Import-Module OpenRouter.Byok -RequiredVersion $version
            $before = @(Get-ByokKey)
            & ([scriptblock]::Create($update)) byok
            @{
                loaded    = "$((Get-Module OpenRouter.Byok).Version)"
                keys      = @($before | Get-ByokKey).Count
                available = @((Get-Module OpenRouter.Byok -ListAvailable).Version | ForEach-Object { "$_" })
            }
        }
        $seen.loaded | Should -Be "$version"
        $seen.keys | Should -Be 3
        $seen.available | Sort-Object | Should -Be "$version", "$later"
    }

    It 'keeps both versions side by side: the later one by default, the other by its number' {
        Invoke-AtHome $Tool -Script { $null = Get-ByokKey; "$((Get-Module OpenRouter.Byok).Version)" } | Should -Be "$later"
        Invoke-AtHome $Tool "$version" {
            param($version)
            Import-Module OpenRouter.Byok -RequiredVersion $version
            $null = Get-ByokKey
            "$((Get-Module OpenRouter.Byok).Version)"
        } | Should -Be "$version"
    }

    It 'uninstalls one version and then the other, and leaves nothing' {
        $seen = Invoke-AtHome $Tool "$Uninstall", "$Unregister", "$version", "$later" {
            param($uninstall, $unregister, $version, $later)
            & ([scriptblock]::Create($uninstall)) $later
            $left = @((Get-Module OpenRouter.Byok -ListAvailable).Version | ForEach-Object { "$_" })
            & ([scriptblock]::Create($uninstall)) $version
            & ([scriptblock]::Create($unregister)) byok
            @{ left = $left; last = @(Get-Module OpenRouter.Byok -ListAvailable).Count; command = [bool](Get-Command Get-ByokKey -ErrorAction Ignore) }
        }
        $seen.left | Should -Be "$version"
        $seen.last | Should -Be 0
        $seen.command | Should -BeFalse
    }
}

Describe 'The version' {
    It 'is the same in the manifest, the assemblies and the changelog' {
        [Diagnostics.FileVersionInfo]::GetVersionInfo("$ModulePath/Core/OpenRouter.Byok.dll").ProductVersion | Should -BeLike "$version*"
        Get-Content (Join-Path $RepositoryRoot CHANGELOG.md) | Should -Contain "## $version"
    }
}

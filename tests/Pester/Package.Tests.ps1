BeforeDiscovery {
    # PSResourceGet packs and installs; PlatyPS makes the help that a package must have.
    $missing = @(
        if (-not (Get-Module Microsoft.PowerShell.PSResourceGet -ListAvailable | Where-Object Version -GE 1.1.0)) { 'Microsoft.PowerShell.PSResourceGet 1.1' }
        if (-not (Get-Module Microsoft.PowerShell.PlatyPS -ListAvailable)) { 'Microsoft.PowerShell.PlatyPS' }
    )
    $powerShellGet = [bool](Get-Module PowerShellGet -ListAvailable | Where-Object Version -LT ([version]'3.0'))
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    $skipped = "it needs $($missing -join ' and ')"
}

Describe 'The package' {
    BeforeAll {
        if ($missing) { return }

        # A copy, so that no other test sees a module that changes.
        $copy = Join-Path $TestDrive 'built/OpenRouter.Byok'
        $null = New-Item (Split-Path $copy) -ItemType Directory
        Copy-Item $ModulePath $copy -Recurse
        $packages = Join-Path $TestDrive 'packages'
        $installed = Join-Path $TestDrive 'installed'
        $version = (Test-ModuleManifest $ModulePath/OpenRouter.Byok.psd1).Version

        # All in one process of its own: what it registers, loads and installs stays out of this one.
        $seen = Invoke-NewPowerShell -Timeout 120 -Argument (Join-Path $RepositoryRoot 'build.ps1'), $copy, $packages, $installed -Script {
            param($build, $copy, $packages, $installed)
            $null = & $build -Task Pack -ModulePath $copy -PackagePath $packages 6> $null
            $repository = "byok-$([guid]::NewGuid().ToString('n'))"
            Register-PSResourceRepository $repository -Uri $packages -Trusted
            try {
                $found = Find-PSResource OpenRouter.Byok -Repository $repository
                $null = New-Item $installed -ItemType Directory
                Save-PSResource OpenRouter.Byok -Repository $repository -Path $installed
            }
            finally {
                Unregister-PSResourceRepository $repository
            }

            $env:PSModulePath = $installed
            $null = Get-ByokConnection
            @{
                found     = @{ version = "$($found.Version)"; description = $found.Description; tags = $found.Tags; author = $found.Author; releaseNotes = $found.ReleaseNotes }
                files     = @(Get-ChildItem $packages | ForEach-Object Name)
                path      = (Get-Module OpenRouter.Byok -ListAvailable).Path
                commands  = @((Get-Command -Module OpenRouter.Byok).Name)
                automatic = (Get-Module OpenRouter.Byok).Path
                notes     = (Get-Module OpenRouter.Byok -ListAvailable).ReleaseNotes
                synopsis  = (Get-Help New-ByokKey).Synopsis
                about     = (Get-Help about_Byok_Security | Out-String)
                type      = "$([OpenRouter.Byok.ByokKey])"
            }
        }
    }

    BeforeEach {
        if ($missing) { Set-ItResult -Skipped -Because $skipped }
    }

    It 'installs from a local repository and loads on its own when a command is used' {
        $seen.automatic | Should -BeLike "$installed*"
        $seen.path | Should -BeLike "$installed*"
        $seen.commands | Should -HaveCount 8
        $seen.type | Should -Be 'OpenRouter.Byok.ByokKey'
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

    It 'has help' {
        $seen.synopsis | Should -Match '^Creates provider keys'
        $seen.about | Should -Match 'How secrets are kept secret'
    }

    It 'has both editions, each with what it needs, and the licences' {
        $folder = Split-Path $seen.path
        foreach ($target in 'Core', 'Desktop') {
            "$folder/$target/OpenRouter.Byok.dll" | Should -Exist
            "$folder/$target/dependencies/OpenRouter.Byok.Client.dll" | Should -Exist
        }

        "$folder/LICENSE" | Should -Exist
        $notices = Get-Content $folder/third-party-notices.txt -Raw
        foreach ($library in (Get-ChildItem "$folder/*/dependencies/*.dll").BaseName -notlike 'OpenRouter.*' | Sort-Object -Unique) {
            $family = $library -replace '^(Microsoft\.Extensions|Microsoft\.Bcl|System)\..*', '$1.*'
            $notices | Should -Match ([regex]::Escape($family))
        }
    }

    It 'comes with a bill of materials that names every library in it' {
        $seen.files | Should -Contain "OpenRouter.Byok.$version.cdx.json"
        $bom = Get-Content (Join-Path $packages "OpenRouter.Byok.$version.cdx.json") -Raw | ConvertFrom-Json
        $bom.bomFormat | Should -Be 'CycloneDX'
        $bom.specVersion | Should -Be '1.5'
        $bom.serialNumber | Should -Match '^urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
        foreach ($library in (Get-ChildItem "$(Split-Path $seen.path)/*/dependencies/*.dll").BaseName -notlike 'OpenRouter.*' | Sort-Object -Unique) {
            $bom.components.name | Should -Contain $library
        }

        $bom.components.purl | Sort-Object -Unique | Should -HaveCount $bom.components.Count
        $bom.components | ForEach-Object { $_.hashes[0].content | Should -Match '^[0-9a-f]{128}$' }
    }

    It 'is taken by Install-Module' -Skip:(-not $powerShellGet) {
        Invoke-NewPowerShell -Timeout 120 -Argument $packages, (Join-Path $TestDrive 'with-powershellget') -Script {
            param($packages, $target)
            $repository = "byok-$([guid]::NewGuid().ToString('n'))"
            Register-PSRepository $repository -SourceLocation $packages -InstallationPolicy Trusted
            try {
                $null = New-Item $target -ItemType Directory
                Save-Module OpenRouter.Byok -Repository $repository -Path $target
            }
            finally {
                Unregister-PSRepository $repository
            }

            (Test-ModuleManifest "$target/OpenRouter.Byok/*/OpenRouter.Byok.psd1").Name
        } | Should -Be 'OpenRouter.Byok'
    }
}

Describe 'The version' {
    It 'is the same in the manifest, the assemblies and the changelog' {
        $version = (Test-ModuleManifest $ModulePath/OpenRouter.Byok.psd1).Version
        [Diagnostics.FileVersionInfo]::GetVersionInfo("$ModulePath/Core/OpenRouter.Byok.dll").ProductVersion | Should -BeLike "$version*"
        Get-Content (Join-Path $RepositoryRoot CHANGELOG.md) | Should -Contain "## $version"
    }
}

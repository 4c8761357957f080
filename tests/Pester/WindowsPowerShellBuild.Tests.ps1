#requires -Version 7.4
# The assemblies that Windows PowerShell 5.1 loads. It does not run here, but a PowerShell 7 can import them all the same:
# what they do is then the same code as there.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
}

AfterAll { Stop-Sandbox }

Describe 'The netstandard2.0 build' {
    BeforeEach { Reset-Sandbox -Seed 250 }

    It 'lists, creates, rotates and deletes' {
        $said = Invoke-NewPowerShell -Argument (Join-Path $ModulePath Desktop/OpenRouter.Byok.dll) {
            param($module)
            Import-Module $module
            $framework = [OpenRouter.Byok.ByokKey].Assembly.GetCustomAttributes([System.Runtime.Versioning.TargetFrameworkAttribute], $false).FrameworkName
            $listed = @(Get-ByokKey)
            $new = New-ByokKey openai (ConvertTo-SecureString sk-created-on-desktop -AsPlainText -Force) -Name new
            $new | Set-ByokKey -Key (ConvertTo-SecureString sk-rotated-on-desktop -AsPlainText -Force)
            $listed | Select-Object -First 200 | Remove-ByokKey -Confirm:$false
            [pscustomobject]@{ Framework = $framework; Listed = $listed.Count; New = $new.Id; Left = @(Get-ByokKey).Count }
        }
        $said.Framework | Should -Be '.NETStandard,Version=v2.0'
        $said.Listed | Should -Be 250
        $said.Left | Should -Be 51
        (Get-SandboxKey -Id $said.New).key | Should -Be 'sk-rotated-on-desktop'
        Get-SandboxKey | Should -HaveCount 51
        (Get-SandboxRequest -Method PATCH).body | Should -BeExactly '{"key":"sk-rotated-on-desktop"}'
    }

    It 'fails with the same ids' {
        $said = Invoke-NewPowerShell -Argument (Join-Path $ModulePath Desktop/OpenRouter.Byok.dll) {
            param($module)
            Import-Module $module
            try { Get-ByokKey -Id nonsense -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
            try { Get-ByokKey -Id ([guid]::NewGuid()) -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }
            $env:OPENROUTER_MANAGEMENT_KEY = 'sk-or-v1-wrong'
            try { Get-ByokKey } catch { $_.FullyQualifiedErrorId }
            $env:OPENROUTER_MANAGEMENT_KEY = $null
            try { Get-ByokKey } catch { $_.FullyQualifiedErrorId }
        }
        $said -replace ',.*' | Should -Be 'ByokBadRequest', 'ByokNotFound', 'ByokUnauthorized', 'ByokNotConnected'
    }
}

Describe 'The manifest' {
    It 'is valid' {
        { Test-ModuleManifest (Join-Path $ModulePath OpenRouter.Byok.psd1) } | Should -Not -Throw
    }

    It 'picks the assemblies of the edition' {
        Get-Content (Join-Path $ModulePath OpenRouter.Byok.psd1) -Raw | Should -Match 'RootModule\s+= "\$PSEdition/OpenRouter.Byok.dll"'
        (Get-Module OpenRouter.Byok).Path | Should -BeLike '*Core*OpenRouter.Byok.dll'
    }

    It 'exports what the assembly has, and nothing else' {
        (Get-Module OpenRouter.Byok).ExportedCommands.Keys | Sort-Object |
            Should -Be ((Import-Module (Join-Path $ModulePath Core/OpenRouter.Byok.dll) -PassThru).ExportedCommands.Keys | Sort-Object)
    }
}

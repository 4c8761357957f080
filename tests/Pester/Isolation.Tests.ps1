#requires -Version 7.4
# Load contexts are those of .NET: Windows PowerShell has none.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox -Seed 3

    # Names that must never be in PowerShell's own load context.
    $private = '^(OpenRouter\.Byok\.Client|Polly\.Core|Microsoft\.Extensions\..*)$'

    # Older versions of the module's packages, as another module would bring them (see tests/OlderPackages).
    $older = Join-Path $RepositoryRoot 'tests/OlderPackages/out'
}

AfterAll { Stop-Sandbox }

Describe 'The module''s packages' {
    It 'are not loaded by the import' {
        $loaded = Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            [AppDomain]::CurrentDomain.GetAssemblies().GetName().Name
        }
        $loaded | Should -Contain 'OpenRouter.Byok'
        $loaded | Should -Contain 'OpenRouter.Byok.Model'
        $loaded -match $private | Should -BeNullOrEmpty
    }

    It 'are in a load context of their own after the first request' {
        $loaded = Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            $null = Get-ByokKey
            foreach ($context in [System.Runtime.Loader.AssemblyLoadContext]::All) {
                foreach ($assembly in $context.Assemblies) {
                    [pscustomobject]@{ Context = $context.Name; Name = $assembly.GetName().Name }
                }
            }
        }
        ($loaded | Where-Object Context -EQ 'Default').Name -match $private | Should -BeNullOrEmpty
        ($loaded | Where-Object Context -EQ 'OpenRouter.Byok').Name | Should -Contain 'Microsoft.Extensions.Http'
        ($loaded | Where-Object Context -EQ 'OpenRouter.Byok').Name | Should -Contain 'OpenRouter.Byok.Client'
        @($loaded | Where-Object Name -EQ 'OpenRouter.Byok.Model') | Should -HaveCount 1 -Because 'the types that a user holds are one for both sides'
    }

    It 'do their work although another module loaded older ones first, which it keeps' {
        $said = Invoke-NewPowerShell -Argument $ModulePath, $older {
            param($module, $older)
            $theirs = Get-ChildItem $older/*.dll | ForEach-Object { [System.Reflection.Assembly]::LoadFrom($_.FullName) }
            Import-Module $module
            $keys = @(Get-ByokKey)
            $keys[0] | Disable-ByokKey
            [pscustomobject]@{
                Keys    = $keys.Count
                Theirs  = $theirs | ForEach-Object { "$($_.GetName().Name) $($_.GetName().Version)" }
                Default = [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | ForEach-Object { "$($_.GetName().Name) $($_.GetName().Version)" }
                Ours    = ([System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'OpenRouter.Byok').Assemblies |
                    ForEach-Object { "$($_.GetName().Name) $($_.GetName().Version)" }
            }
        }
        $said.Keys | Should -Be 3
        $said.Theirs | Should -Contain 'Polly.Core 8.0.0.0'
        $said.Theirs -match '^Microsoft.Extensions.Http 5\.' | Should -HaveCount 1
        $said.Theirs | ForEach-Object { $said.Default | Should -Contain $_ }
        $said.Ours -match '^Microsoft.Extensions.Http 10\.' | Should -HaveCount 1
    }

    It 'leave the other module its own when this one was first' {
        $said = Invoke-NewPowerShell -Argument $ModulePath, $older {
            param($module, $older)
            Import-Module $module
            $null = Get-ByokKey
            Get-ChildItem $older/*.dll | ForEach-Object { [System.Reflection.Assembly]::LoadFrom($_.FullName) } | ForEach-Object { $_.Location }
        }
        $said | ForEach-Object { $_ | Should -BeLike "$older*" }
    }
}

Describe 'What users name' {
    It '[OpenRouter.Byok.<_>] resolves right after the import' -ForEach 'ByokKey', 'ByokWorkspace', 'ByokConnection', 'ByokApiException', 'AllowList' {
        Invoke-NewPowerShell -Argument $ModulePath, $_ {
            param($module, $name)
            Import-Module $module
            ("OpenRouter.Byok.$name" -as [type]).FullName
        } | Should -Be "OpenRouter.Byok.$_"
    }

    It 'survives an import with -Force and a removal' {
        Invoke-NewPowerShell -Argument $ModulePath {
            param($module)
            Import-Module $module
            $before = @(Get-ByokKey)
            Import-Module $module -Force
            Remove-Module OpenRouter.Byok
            Import-Module $module
            @($before | Get-ByokKey).Count
        } | Should -Be 3
    }
}

Describe 'A session that has another version of the module' {
    It 'cannot import this one, and the help has the words of the error and what to do' -Skip:(-not ('Reflection.Emit.PersistedAssemblyBuilder' -as [type])) {
        $message = Invoke-NewPowerShell -Argument $ModulePath, (Join-Path $TestDrive OpenRouter.Byok.dll) {
            param($module, $other)
            $builder = [Reflection.Emit.PersistedAssemblyBuilder]::new([Reflection.AssemblyName]'OpenRouter.Byok, Version=0.0.1', [object].Assembly)
            $null = $builder.DefineDynamicModule('OpenRouter.Byok')
            $builder.Save($other)
            $null = [Reflection.Assembly]::LoadFrom($other)
            try { Import-Module $module -ErrorAction Stop } catch { $_.Exception.Message }
        }
        $words = 'Assembly with same name is already loaded'
        $message | Should -Match $words
        (Get-Content (Join-Path $RepositoryRoot docs/en-US/about_OpenRouter.Byok.help.txt) -Raw) | Should -Match "(?s)$words.*start a new session"
    }
}

Describe 'The engine' {
    It 'is used by its public members only: <_>' -ForEach 'Core/OpenRouter.Byok.dll', 'Desktop/OpenRouter.Byok.dll' {
        # Reflection on non-public members needs BindingFlags, or one of the ways around it; none may be referenced.
        $stream = [IO.File]::OpenRead((Join-Path $ModulePath $_))
        $file = [System.Reflection.PortableExecutable.PEReader]::new($stream)
        try {
            $metadata = [System.Reflection.Metadata.PEReaderExtensions]::GetMetadataReader($file)
            $types = foreach ($handle in $metadata.TypeReferences) {
                $type = $metadata.GetTypeReference($handle)
                "$($metadata.GetString($type.Namespace)).$($metadata.GetString($type.Name))"
            }
            $types | Should -Contain 'System.Management.Automation.PSCmdlet'
            $types | Should -Not -Contain 'System.Reflection.BindingFlags'
            $types | Should -Not -Contain 'System.Reflection.FieldInfo'
            $types | Should -Not -Contain 'System.Runtime.CompilerServices.UnsafeAccessorAttribute'
            $types | Should -Not -Contain 'System.Runtime.CompilerServices.IgnoresAccessChecksToAttribute'
            $members = foreach ($handle in $metadata.MemberReferences) {
                $metadata.GetString($metadata.GetMemberReference($handle).Name)
            }
            $members | Should -Not -Contain 'InvokeMember'
            $members | Should -Not -Contain 'GetRuntimeMethods'
            $members | Should -Not -Contain 'GetRuntimeFields'
            $members | Should -Not -Contain 'get_DeclaredMethods'
        }
        finally {
            $file.Dispose()
        }
    }
}

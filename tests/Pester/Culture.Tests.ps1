#requires -Version 7.4
# Culture and colour are set as PowerShell 7 has them.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    # The letters that Turkish has in place of others: an I with a dot and an i without one.
    $dotted, $dotless = [char]0x130, [char]0x131

    # One PowerShell per culture, set before the module is loaded, as on a machine of that culture.
    $work = {
        param($module, $culture, $folder)
        [cultureinfo]::CurrentCulture = [cultureinfo]::CurrentUICulture = [cultureinfo]::DefaultThreadCurrentCulture = [cultureinfo]::new($culture)
        Import-Module $module
        $PSStyle.OutputRendering = 'PlainText'
        $dotted, $dotless = [char]0x130, [char]0x131
        $path = Join-Path $folder "$culture.csv"
        $first = Get-ByokKey -First 1
        $first | Set-ByokKey -AllowedModels 'openai/gpt-4o', "openai/$dotted$dotless;I" -DeclaredZdr $true -Name "${dotted}stanbul ${dotless}s$dotless I i"
        $before = @(Get-ByokKey | ConvertTo-Json -Depth 4)

        Get-ByokKey | Export-Csv $path -Encoding utf8
        $text = Get-Content $path -Encoding utf8
        Import-Csv $path -Encoding utf8 | Set-ByokKey
        $unchanged = @(Get-ByokKey | ConvertTo-Json -Depth 4)

        # As a spreadsheet writes them.
        $rows = Import-Csv $path -Encoding utf8
        $rows[0].Disabled = 'TRUE'
        $rows[0].IsFallback = 'False'
        $rows[0].DeclaredZdr = 'FALSE'
        $rows[1].ISREQUIRED = 'True'
        $rows | Set-ByokKey
        $changed = @(Get-ByokKey -Id $rows[0].Id, $rows[1].Id)

        # A semicolon is what Export-Csv -UseCulture writes here where the comma is the decimal sign.
        Get-ByokKey | Export-Csv $path -UseCulture -Encoding utf8
        $cultureRows = @(Import-Csv $path -UseCulture -Encoding utf8)
        $cultureRows | Set-ByokKey

        $number = [pscustomobject]@{ Provider = 'openai'; Name = 'I'; Disabled = 1; IsFallback = 'FALSE'; Key = ConvertTo-SecureString 'sk-0123456789-abc' -AsPlainText -Force } | New-ByokKey
        $null = Get-ByokKey -Provider OPENAI -ErrorAction SilentlyContinue
        $wrong = $null
        [pscustomobject]@{ Id = $rows[0].Id; Disabled = 'vielleicht' } | Set-ByokKey -ErrorAction SilentlyContinue -ErrorVariable wrong
        @{
            culture   = "$([cultureinfo]::CurrentCulture)"
            same      = "$before" -ceq "$unchanged"
            csv       = $text[0..1]
            disabled  = $changed[0].Disabled
            fallback  = $changed[0].IsFallback
            zdr       = $changed[0].DeclaredZdr
            required  = $changed[1].IsRequired
            models    = @($changed[0].AllowedModels)
            name      = $changed[0].Name
            rows      = $cultureRows.Count
            created   = @($number.Disabled, $number.IsFallback)
            found     = @(Get-ByokKey 'OPENAI KEY*', 'i').Count
            wrong     = "$wrong"
            table     = Get-ByokWorkspace | Out-String -Width 120
            json      = Get-ByokKey -First 1 | ConvertTo-Json -Compress
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Under the culture <_>' -ForEach 'de-DE', 'tr-TR' {
    BeforeAll {
        Reset-Sandbox -Seed 9
        $seen = Invoke-NewPowerShell -Script $work -Argument $ModulePath, $_, $TestDrive
    }

    It 'an inventory goes out and comes back unchanged' {
        $seen.culture | Should -Be $_
        $seen.same | Should -BeTrue
        $seen.name | Should -BeExactly "${dotted}stanbul ${dotless}s$dotless I i"
        $seen.csv[1] | Should -Match '"True"'
        $seen.rows | Should -Be 9
    }

    It 'truth values are read in any case' {
        $seen.disabled | Should -BeTrue
        $seen.fallback | Should -BeFalse
        $seen.zdr | Should -BeFalse
        $seen.required | Should -BeTrue
        $seen.created | Should -Be $true, $false
        $seen.wrong | Should -Match 'Disabled'
    }

    It 'names and lists are data, whatever their letters' {
        $seen.models | Should -BeExactly 'openai/gpt-4o', "openai/$dotted$dotless;I"
        $seen.found | Should -Be 2 -Because 'one key is named openai key 00009 and one I'
    }

    It 'dates are shown in one form' {
        $seen.table | Should -Match '\b20\d\d-\d\d-\d\d\b'
        $seen.json | Should -Match '"CreatedAt":"2025-01-01T'
    }
}

Describe 'Without colour' {
    It 'the table says the state in words' {
        Reset-Sandbox -Seed 2
        Get-ByokKey -First 1 | Disable-ByokKey
        $before = $PSStyle.OutputRendering
        try {
            $PSStyle.OutputRendering = 'PlainText'
            $lines = (Get-ByokKey | Out-String -Width 120) -split "`n"
        }
        finally {
            $PSStyle.OutputRendering = $before
        }

        "$lines" | Should -Not -Match "`e"
        $lines -match '\bdisabled\b' | Should -HaveCount 1
        $lines -match '\benabled\b' | Should -HaveCount 1
    }

    It 'an error and a warning are sentences without escape sequences' {
        $wrong = $null
        Get-ByokKey -Id '00000000-0000-4000-8000-000000000000' -ErrorAction SilentlyContinue -ErrorVariable wrong
        "$wrong" | Should -Not -Match "[`e`0-`a]"
        "$wrong" | Should -Match '\.$'
        Get-ByokKey -First 1 | Set-ByokKey -WarningVariable nothing -WarningAction SilentlyContinue
        "$nothing" | Should -Not -Match "`e"
        "$nothing" | Should -Match '\.$'
    }
}

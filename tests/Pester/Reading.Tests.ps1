#requires -Version 7.4
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    Reset-Sandbox -Seed 8 -GlobalEvery 4 -NamelessEvery 5
    $PSStyle.OutputRendering = 'PlainText'
    $keys = Get-ByokKey
    $keys[0] | Set-ByokKey -Disabled $true -IsFallback $true
    $keys[1] | Set-ByokKey -IsRequired $true -IsByokOnly $true
    $keys = Get-ByokKey
}

AfterAll {
    $PSStyle.OutputRendering = 'Host'
    Stop-Sandbox
}

Describe 'The table in <_> columns' -ForEach 80, 100, 140 {
    BeforeAll {
        $width = $_
        $lines = ($keys | Format-Table | Out-String -Width $width) -split "`r?`n" | Where-Object { $_ }

        # What each key's cells hold, put together where they go over several lines.
        $at = [regex]::Matches($lines[0], '\S+').Index
        $cells = @{}
        foreach ($line in $lines | Select-Object -Skip 2) {
            $line = $line.PadRight($width)
            $id = $line.Substring(0, 36).Trim() ? $line.Substring(0, 36) : $id
            $cells[$id] ??= '', '', '', '', ''
            foreach ($column in 1..4) {
                $end = $column -lt 4 ? $at[$column + 1] - 1 : $width
                $cells[$id][$column] += $line.Substring($at[$column], $end - $at[$column]).TrimEnd() + ($column -eq 1 ? ' ' : '')
            }
        }
    }

    It 'fits, and begins with the id' {
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual $width }
        $lines[0] -split '\s+' | Should -Be 'Id', 'State', 'Label', 'Name', 'Provider'
    }

    It 'cuts nothing' {
        $cells.Keys | Sort-Object | Should -Be ($keys.Id | Sort-Object)
        foreach ($key in $keys) {
            $cells[$key.Id][2] | Should -BeExactly $key.Label
            $cells[$key.Id][3] -replace ' ' | Should -BeExactly ($key.Name -replace ' ')
            $cells[$key.Id][4] | Should -BeExactly $key.Provider
        }
    }

    It 'says the state in words, so that no meaning hangs on a colour' {
        $cells[$keys[0].Id][1].Trim() | Should -Be 'off fallback'
        $cells[$keys[1].Id][1].Trim() | Should -Be 'required only'
        $cells[$keys[2].Id][1].Trim() | Should -Be 'on'
    }
}

Describe 'The table' {
    It 'colours the state only where the host has colour' {
        $PSStyle.OutputRendering = 'Ansi'
        try { ($keys | Format-Table | Out-String) | Should -Match "`e\[33moff" }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        ($keys | Format-Table | Out-String) | Should -Not -Match "`e"
    }
}

Describe 'The table of several workspaces' {
    It 'is grouped by workspace' {
        Get-ByokWorkspace | Get-ByokKey | Out-String -Width 100 | Should -Match 'Workspace: '
    }

    It 'is the usual one' {
        [xml] $views = Get-Content (Join-Path $ModulePath OpenRouter.Byok.format.ps1xml)
        $tables = $views.SelectNodes('//View[starts-with(Name, "ByokKey")]/TableControl')
        $tables | Should -HaveCount 2
        $tables[0].OuterXml | Should -BeExactly $tables[1].OuterXml
    }
}

Describe 'The list' {
    It 'shows every property' {
        $list = $keys[0] | Format-List | Out-String
        foreach ($property in [OpenRouter.Byok.ByokKey].GetProperties().Name) {
            $list | Should -Match "(?m)^$property\s*:"
        }
    }
}

Describe 'ConvertTo-Json' {
    It 'is complete, and lists are arrays' {
        $keys[0] | Set-ByokKey -AllowedModels 'a/b', 'c/d'
        $json = Get-ByokKey -Id $keys[0].Id | ConvertTo-Json -Depth 4 | ConvertFrom-Json
        $json.PSObject.Properties.Name | Sort-Object | Should -Be ([OpenRouter.Byok.ByokKey].GetProperties().Name | Sort-Object)
        $json.AllowedModels | Should -Be 'a/b', 'c/d'
        $json.CreatedAt | Should -BeOfType [datetime]
    }
}

Describe 'Other views' {
    It 'a workspace fits 100 columns' {
        (Get-ByokWorkspace | Format-Table | Out-String -Width 100) -split "`r?`n" | ForEach-Object { $_.Length | Should -BeLessOrEqual 100 }
        Get-ByokWorkspace | Out-String | Should -Match 'Slug'
    }

    It 'a connection shows the address and no key' {
        $shown = Get-ByokConnection | Out-String
        $shown | Should -Match ([regex]::Escape($Sandbox.BaseUri))
        $shown | Should -Not -Match 'ApiKey'
    }

    It 'a key that came back from a file looks like one' {
        $path = Join-Path $TestDrive 'keys.xml'
        $keys | Export-Clixml $path
        (Import-Clixml $path | Format-Table | Out-String -Width 100) | Should -Be ($keys | Format-Table | Out-String -Width 100)
    }
}

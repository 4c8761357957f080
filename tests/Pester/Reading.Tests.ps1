BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox
    Reset-Sandbox -Seed 8 -GlobalEvery 4 -NamelessEvery 5
    $PSStyle.OutputRendering = 'PlainText'
    $keys = Get-ByokKey
    $keys[0] | Set-ByokKey -Disabled -IsFallback
    $keys[1] | Set-ByokKey -IsRequired -IsByokOnly
    $keys = Get-ByokKey
}

AfterAll {
    $PSStyle.OutputRendering = 'Host'
    Stop-Sandbox
}

Describe 'The table' {
    BeforeAll { $lines = ($keys | Format-Table | Out-String -Width 100) -split "`r?`n" }

    It 'fits 100 columns and shows what an administrator decides by' {
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 100 }
        ($lines | Where-Object { $_ -match '\S' })[0] -split '\s+' | Should -Be 'Provider', 'Label', 'State', 'Created', 'Id', 'Name'
    }

    It 'never cuts an id' {
        foreach ($key in $keys) {
            @($lines -match [regex]::Escape($key.Id)) | Should -HaveCount 1
        }
    }

    It 'says the state in words, so that no meaning hangs on a colour' {
        $lines -match $keys[0].Id | Should -BeLike '*off fallback*'
        $lines -match $keys[1].Id | Should -Match 'on required'
        $lines -match $keys[2].Id | Should -Match '\bon\b'
    }

    It 'colours the state only where the host has colour' {
        $PSStyle.OutputRendering = 'Ansi'
        try { ($keys | Format-Table | Out-String) | Should -Match "`e\[33moff" }
        finally { $PSStyle.OutputRendering = 'PlainText' }
        ($keys | Format-Table | Out-String) | Should -Not -Match "`e"
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

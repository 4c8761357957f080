#requires -Version 7.4
# What is shown is looked at with the cmdlets of PowerShell 7.
BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox -Seed 3

    function New-RawKey {
        $script:Raw = 'sk-' + [Security.Cryptography.RandomNumberGenerator]::GetString('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789', 48)
        ConvertTo-TestKey $script:Raw
    }

    function Assert-NoSecret([string[]] $Text, [string[]] $Secret = @($script:Raw, $Sandbox.ManagementKey.Substring(9))) {
        $all = $Text -join "`n"
        foreach ($one in $Secret) {
            foreach ($at in 0..($one.Length - 8)) {
                $piece = $one.Substring($at, 8)
                # Off Windows a SecureString that is exported is nothing but hexadecimal digits.
                foreach ($form in $piece, [Convert]::ToHexString([Text.Encoding]::Unicode.GetBytes($piece)).ToLowerInvariant()) {
                    if ($all.Contains($form, [StringComparison]::Ordinal)) {
                        $found = $all.IndexOf($form, [StringComparison]::Ordinal)
                        throw "'$form' is shown: ...$($all.Substring([Math]::Max(0, $found - 300), [Math]::Min(600, $all.Length - [Math]::Max(0, $found - 300))))..."
                    }
                }
            }
        }
    }
}

AfterAll { Stop-Sandbox }

Describe 'Nothing shows a secret' {
    BeforeEach {
        Reset-Sandbox -Seed 3
        $key = New-RawKey
        $id = (Get-SandboxKey)[0].id
        $path = Join-Path $TestDrive 'credential.json'
        Set-Content -LiteralPath $path -Value $Raw
    }

    AfterEach { $null = Invoke-SandboxControl POST shape @{} }

    It 'in a transcript' {
        $transcript = Join-Path $TestDrive 'transcript.txt'
        $null = Invoke-SandboxControl POST shape @{ echo_request = $true }
        Set-SandboxFault 'Create:Status(400)'
        $null = Invoke-NewPowerShell {
            param($Module, $Masked, $Id, $Path, $Transcript)
            Import-Module $Module
            $key = [securestring]::new()
            $Masked | ForEach-Object { $key.AppendChar([char]($_ -bxor 90)) }
            $null = Start-Transcript -Path $Transcript
            Set-ByokKey $Id -Key $key -PassThru -Verbose -Debug -Confirm:$false | Out-Default
            try { New-ByokKey openai $key -Verbose } catch { $_ | Format-List * -Force | Out-Default }
            New-ByokKey openai -KeyPath $Path -Verbose -ErrorAction Continue *>&1 | Out-Default
            $PSBoundParameters | Out-Default
            $null = Stop-Transcript
        } -Argument $ModulePath, @($Raw.ToCharArray() | ForEach-Object { [int]$_ -bxor 90 }), $id, $path, $transcript
        $text = Get-Content -LiteralPath $transcript -Raw
        $text | Should -Match 'VERBOSE'
        $text | Should -Match 'redacted'
        Assert-NoSecret $text
    }
}

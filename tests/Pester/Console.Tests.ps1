#requires -Version 7.4
# An administrator's day in a real terminal: the table, completion menus, prompts, progress and Ctrl+C. Runs where tmux is.
BeforeDiscovery {
    $noTerminal = $IsWindows -or -not (Get-Command tmux -CommandType Application -ErrorAction Ignore)
}

BeforeAll {
    . $PSScriptRoot/Sandbox.ps1
    Start-Sandbox

    function Invoke-Tmux([string[]] $Argument) {
        # A server of its own for each test, so that no setting of the user counts.
        $start = New-ProcessStart tmux (@('-f', '/dev/null', '-L', $script:server) + $Argument)
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        $process.Dispose()
    }

    function Start-Console([int] $Width = 80) {
        $script:server = "byok-$([guid]::NewGuid().ToString('n'))"
        $setup = Join-Path $TestDrive "$script:server.ps1"
        Set-Content $setup @"
`$env:OPENROUTER_BASE_URL = '$env:OPENROUTER_BASE_URL'
`$env:OPENROUTER_MANAGEMENT_KEY = '$env:OPENROUTER_MANAGEMENT_KEY'
`$PSStyle.OutputRendering = 'PlainText'
function prompt { 'PS> ' }
Import-Module '$ModulePath'
Set-PSReadLineOption -PredictionSource None -HistorySaveStyle SaveNothing
Set-PSReadLineKeyHandler -Key Tab -Function MenuComplete
Clear-Host
"@
        $pwsh = New-PowerShellStart '-NoLogo', '-NoProfile', '-NoExit', '-File', $setup
        $null = Invoke-Tmux 'new-session', '-d', '-x', $Width, '-y', 40, "env TERM=screen-256color LC_ALL=C.UTF-8 '$($pwsh.FileName)' $($pwsh.Arguments)"
        $null = Wait-Screen '\APS>'
    }

    function Get-Screen { (Invoke-Tmux 'capture-pane', '-p') -replace '(?m) +$' }

    function Wait-Screen([string] $Pattern, [string] $Again, [int] $Timeout = 120) {
        $end = [Diagnostics.Stopwatch]::StartNew()
        $pressed = 0
        do {
            $screen = Get-Screen
            if ($screen -match $Pattern) { return $screen }
            if ($Again -and $end.Elapsed.TotalSeconds -gt 5 * ($pressed + 1)) {
                $pressed++
                Send-Key $Again
            }

            Start-Sleep -Milliseconds 50
        } while ($end.Elapsed.TotalSeconds -lt $Timeout)
        throw "The screen never showed '$Pattern':`n$screen"
    }

    function Send-Text([string] $Text) { $null = Invoke-Tmux 'send-keys', '-l', $Text }

    function Send-Key([string[]] $Name) { $null = Invoke-Tmux (@('send-keys') + $Name) }

    function Send-Line([string] $Text) {
        Send-Text $Text
        Send-Key Enter
    }
}

AfterAll { Stop-Sandbox }

Describe 'In a terminal' -Skip:$noTerminal {
    AfterEach {
        if ($server) { $null = Invoke-Tmux 'kill-server' }
        $server = $null
    }

    It 'shows one line for each key, and cuts the id alone, in 80 columns' {
        Reset-Sandbox -Seed 3
        Start-Console -Width 80
        Send-Line 'Get-ByokKey'
        $screen = Wait-Screen 'azure key 00003.*\n(?s:.*)PS>'
        $rows = $screen -split "`n" | Where-Object { $_ -match '^\w+ key 0000' }
        $rows | Should -HaveCount 3
        $ids = (Get-SandboxKey).id
        $ids | Should -HaveCount 3
        foreach ($at in 0..2) {
            $rows[$at] | Should -MatchExactly "^(openai|anthropic|azure) key 0000$($at + 1) +(openai|anthropic|azure) +enabled +sk-\.\.\.\w{4} $($ids[$at].Substring(0, 15))…$"
        }
    }

    It 'shows whole ids in 120 columns' {
        Reset-Sandbox -Seed 2
        Start-Console -Width 120
        Send-Line 'Get-ByokKey'
        $screen = Wait-Screen 'anthropic key 00002.*\n(?s:.*)PS>'
        (Get-SandboxKey).id | ForEach-Object { $screen | Should -Match "(?m)$_$" }
    }

    It 'completes a name in the place of an id by a menu of names' {
        Reset-Sandbox -Seed 17
        Start-Console -Width 120
        Send-Text 'Disable-ByokKey openai'
        Send-Key Tab

        # The first request of a busy machine may take longer than a completion waits; then the next one has it.
        $menu = Wait-Screen 'openai key 00017' -Again Tab
        $menu | Should -Match 'openai key 00001 +openai key 00009 +openai key 00017'
        Send-Key Enter
        $first = (Get-SandboxKey | Where-Object name -EQ 'openai key 00001').id
        $null = Wait-Screen "PS> Disable-ByokKey $first"
    }

    It 'asks before it removes a key, by its name, and keeps to the answer' {
        Reset-Sandbox -Seed 2
        $id = (Get-SandboxKey)[0].id
        Start-Console
        Send-Line "Remove-ByokKey $id"
        $asked = Wait-Screen '\[\?\] Help'
        $asked | Should -Match 'Remove key openai key 00001 \(openai, sk-\.\.\.\w{4}\)\?'
        Send-Line n
        $null = Wait-Screen '(?s)Help.*\nPS>'
        (Get-SandboxKey) | Should -HaveCount 2
    }

    It 'shows what a request waits for' {
        Reset-Sandbox -Seed 2
        Set-SandboxFault 'Update:RateLimited(60)'
        Start-Console -Width 120
        Send-Line '$PSStyle.Progress.View = "Classic"; Get-ByokKey -First 1 | Disable-ByokKey'
        $null = Wait-Screen 'waiting \d+ s: rate limit \(1 attempt\)'
        Send-Key C-c
        $null = Wait-Screen '(?m)^PS>\s*\z'
    }

    It 'returns to the prompt on Ctrl+C while the server never answers' {
        Reset-Sandbox -Seed 2
        Set-SandboxFault '*:Hang'
        Start-Console
        Send-Line 'Get-ByokKey'
        while (-not (Get-SandboxRequest)) { Start-Sleep -Milliseconds 50 }
        Send-Key C-c
        $null = Wait-Screen 'Get-ByokKey\s+(\^C\s+)?PS>'
        $sent = @(Get-SandboxRequest).Count
        Send-Line '"still " + "here"'
        $null = Wait-Screen 'still here'
        @(Get-SandboxRequest) | Should -HaveCount $sent
    }
}

# Plays commands as somebody types them at a prompt, in a terminal, and returns what the screen shows for each. A prompt is answered when it is on the screen.

function Test-Terminal {
    <# Whether there is a program that gives a process a terminal. #>
    $IsLinux -and [bool](Get-Command script -CommandType Application -ErrorAction Ignore)
}

function Invoke-Terminal {
    <# Runs the commands in one PowerShell, one after the other, and returns what each shows. #>
    param(
        [string[]] $Command,

        # Runs before the commands; what it shows does not count.
        [string] $Preamble = '',

        # What is typed: patterns of prompts and their answers, in their order.
        [object[]] $Answer = @(),

        [string] $Folder,

        # The columns of the terminal.
        [int] $Width = 80,

        [hashtable] $Environment = @{},

        [int] $Timeout = 120
    )

    $mark = [guid]::NewGuid().ToString('n')
    $play = Join-Path $Folder "$mark.ps1"
    Set-Content $play (@(
            '$ProgressPreference = "SilentlyContinue"; $PSStyle.OutputRendering = "PlainText"'
            $Preamble
            $Command | ForEach-Object { "[Console]::Out.WriteLine('$mark'); . { $_ } | Out-Default" }
            "[Console]::Out.WriteLine('$mark')"
        ) -join "`n")
    $pwsh = New-PowerShellStart '-NoLogo', '-NoProfile', '-File', $play
    $start = New-ProcessStart script @('-qec', "stty cols $Width rows 50 -echo; exec '$($pwsh.FileName)' $($pwsh.Arguments)", '/dev/null')
    $start.WorkingDirectory = $Folder
    $start.Environment['TERM'] = 'xterm'
    $start.Environment['SHELL'] = '/bin/sh'
    $Environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
    $process = [Diagnostics.Process]::Start($start)
    $screen = [Text.StringBuilder]::new()
    $buffer = [char[]]::new(4096)
    $left = [Collections.Generic.Queue[object]]::new($Answer)
    $from = 0
    $end = [Threading.CancellationTokenSource]::new([timespan]::FromSeconds($Timeout))
    try {
        while (($count = $process.StandardOutput.ReadAsync([Memory[char]]::new($buffer), $end.Token).AsTask().GetAwaiter().GetResult()) -gt 0) {
            $text = [string]::new($buffer, 0, $count)
            $null = $screen.Append($text)

            # A terminal answers where its cursor is.
            $keys = "`e[1;1R" * [regex]::Matches($text, "`e\[6n").Count
            if ($left.Count -gt 0 -and (ConvertTo-Screen $screen.ToString($from, $screen.Length - $from)) -match "(?:$($left.Peek()[0]))\z") {
                $from = $screen.Length
                $keys += "$($left.Dequeue()[1])`r"
            }
            $process.StandardInput.Write($keys)
            $process.StandardInput.Flush()
        }

        $process.WaitForExit()
    }
    catch [Management.Automation.MethodInvocationException] {
        throw "The commands did not end within $Timeout s. The screen: $(ConvertTo-Screen $screen.ToString())"
    }
    finally {
        if (-not $process.HasExited) { $process.Kill($true) }
        $process.Dispose()
        $end.Dispose()
        Remove-Item $play
    }

    if ($left.Count -gt 0) { throw "There was no prompt '$($left.Peek()[0])': $screen" }
    $shown = (ConvertTo-Screen $screen.ToString()) -split "$mark`n"
    if ($shown.Count -ne $Command.Count + 2) { throw "The commands did not all run: $screen" }

    # A terminal goes on in the next line where a line is longer than it is wide.
    $shown[1..$Command.Count] | ForEach-Object { ConvertTo-PlainLine ($_ -replace "([^\n]{$Width})(?=[^\n])", "`$1`n") }
}

function ConvertTo-Screen([string] $Text) {
    $Text -replace "`e\[[0-9;?]*[a-zA-Z]|`e[=>]|`r|`a"
}

function ConvertTo-PlainLine([string] $Text) {
    <# Without white space at the ends of lines and blank lines around. #>
    ($Text -replace '(?m)[ \t]+$').Trim("`n")
}

function Read-Transcript([string] $Text) {
    <# The commands of a document with what it shows for each: PS> begins a command. #>
    $commands = [Collections.Generic.List[object]]::new()
    foreach ($block in [regex]::Matches($Text, '(?ms)^```text\n(.*?)\n```$|(?:^ {8}[^\n]+\n(?:\n(?= {8}))?)+') | ForEach-Object { if ($_.Groups[1].Success) { $_.Groups[1].Value } else { $_.Value -replace '(?m)^ {8}' } }) {
        foreach ($part in $block -split '(?m)^PS> ' | Select-Object -Skip 1) {
            # A command may go on in lines that begin with >>.
            $match = [regex]::Match($part, '\A([^\n]*(?:\n>> [^\n]*)*)(?:\n|\z)(.*)\z', 'Singleline')
            $commands.Add([pscustomobject]@{ Command = $match.Groups[1].Value -replace '(?m)^>> '; Output = ConvertTo-PlainLine $match.Groups[2].Value })
        }
    }

    $commands
}

# What every test file needs: the built module, and a sandbox that stands in for the API. Windows PowerShell 5.1 can
# load this file too.
#
#     BeforeAll {
#         . $PSScriptRoot/Sandbox.ps1
#         Start-Sandbox
#     }
#     BeforeEach { Reset-Sandbox -Seed 10 }
#     AfterAll { Stop-Sandbox }
#
# Start-Sandbox points OPENROUTER_BASE_URL and OPENROUTER_MANAGEMENT_KEY to the sandbox, so that cmdlets need no
# parameters to reach it; Stop-Sandbox puts the variables back.

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$RepositoryRoot = (Get-Item $PSScriptRoot/../..).FullName
$ModulePath = Join-Path $RepositoryRoot 'out/OpenRouter.Byok'

if (-not (Test-Path $ModulePath/OpenRouter.Byok.psd1)) {
    throw "There is no module in $ModulePath. Build it first: dotnet build"
}

Import-Module $ModulePath

function Find-SandboxProgram {
    # The bridge in dotnet test names the one it was built with; by hand it is the one that was built last.
    if ($env:BYOK_SANDBOX_PROGRAM) {
        return $env:BYOK_SANDBOX_PROGRAM
    }

    $programs = Get-ChildItem (Join-Path $RepositoryRoot 'tests/Sandbox/bin/*/net10.0/OpenRouter.Byok.Sandbox.dll') -ErrorAction Ignore
    if (-not $programs) {
        throw 'The sandbox is not built. Build it first: dotnet build'
    }

    ($programs | Sort-Object LastWriteTime)[-1].FullName
}

function New-ProcessStart {
    <# How a program is started with these arguments, its input and output in the hands of the caller. #>
    param([string] $Program, [string[]] $Argument)

    # .NET Framework has no list of arguments, only a command line; .NET reads one by the same rules on every system.
    $quoted = $Argument | ForEach-Object { '"' + ($_ -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"' }
    [Diagnostics.ProcessStartInfo]@{
        FileName               = $Program
        Arguments              = $quoted -join ' '
        UseShellExecute        = $false
        RedirectStandardInput  = $true
        RedirectStandardOutput = $true
    }
}

function Start-Sandbox {
    <# Starts a sandbox and points the environment to it. It ends with Stop-Sandbox, or with this process. #>
    param(
        [int] $Seed = 0,

        # Further options of the program: SandboxOptions in tests/Sandbox.
        [string[]] $Option = @()
    )

    $key = 'sk-or-v1-' + [guid]::NewGuid().ToString('n') + [guid]::NewGuid().ToString('n')
    $dotnet = if ($env:DOTNET_HOST_PATH) { $env:DOTNET_HOST_PATH } else { 'dotnet' }
    $arguments = @(Find-SandboxProgram) + '--SeedCount', $Seed, '--ManagementKey', $key + $Option
    $process = [Diagnostics.Process]::Start((New-ProcessStart $dotnet $arguments))
    $address = $process.StandardOutput.ReadLine()
    if (-not $address) {
        throw "The sandbox did not start; it ended with $($process.ExitCode)."
    }

    $script:Sandbox = [pscustomobject]@{
        BaseUri       = $address
        ManagementKey = $key
        Root          = [uri]::new([uri]$address, '/').AbsoluteUri
        Process       = $process
        Before        = @{
            OPENROUTER_BASE_URL       = $env:OPENROUTER_BASE_URL
            OPENROUTER_MANAGEMENT_KEY = $env:OPENROUTER_MANAGEMENT_KEY
            OPENROUTER_API_KEY        = $env:OPENROUTER_API_KEY
        }
    }
    Connect-SandboxEnvironment
}

function Connect-SandboxEnvironment {
    <# Points the environment to the sandbox, again after a test that pointed it elsewhere. #>
    $env:OPENROUTER_BASE_URL = $script:Sandbox.BaseUri
    $env:OPENROUTER_MANAGEMENT_KEY = $script:Sandbox.ManagementKey
    $env:OPENROUTER_API_KEY = $null
}

function Stop-Sandbox {
    if (-not $script:Sandbox) {
        return
    }

    $script:Sandbox.Before.GetEnumerator() | ForEach-Object { Set-Item "env:$($_.Key)" $_.Value }
    $script:Sandbox.Process.StandardInput.Close()
    if (-not $script:Sandbox.Process.WaitForExit(5000)) {
        $script:Sandbox.Process.Kill()
    }

    $script:Sandbox.Process.Dispose()
    $script:Sandbox = $null
}

function Invoke-SandboxControl {
    <# Calls a control endpoint: Invoke-SandboxControl POST workspaces @{ name = 'Team' } #>
    param([string] $Method, [string] $Path, $Body)

    $request = @{ Method = $Method; Uri = "$($script:Sandbox.Root)_sandbox/$Path" }
    if ($PSBoundParameters.ContainsKey('Body')) {
        $request.Body = ConvertTo-Json -InputObject $Body -Depth 8
        $request.ContentType = 'application/json'
    }

    Invoke-RestMethod @request
}

function Reset-Sandbox {
    <# Back to the start, with so many keys: the same ones every time. #>
    param([int] $Seed = 0, [int] $GlobalEvery = 0, [int] $NamelessEvery = 0)

    $null = Invoke-SandboxControl POST reset @{ seed = $Seed; global_every = $GlobalEvery; nameless_every = $NamelessEvery }
}

function Get-SandboxRequest {
    <# The requests that arrived; with -Method those of a method only. #>
    param([string] $Method)

    Invoke-SandboxControl GET requests | ForEach-Object { $_ } | Where-Object { -not $Method -or $_.method -eq $Method }
}

function Clear-SandboxRequest {
    <# Forgets the requests that arrived. #>
    $null = Invoke-SandboxControl DELETE requests
}

function Get-SandboxKey {
    <# The keys that the server holds, with their raw keys. #>
    param([string] $Id)

    Invoke-SandboxControl GET keys | ForEach-Object { $_ } | Where-Object { -not $Id -or $_.id -eq $Id }
}

function Set-SandboxFault {
    <# What goes wrong from now on: Set-SandboxFault 'Create:StatusAfterCommit(502)x3'; nothing clears. #>
    param([string[]] $Rule = @())

    $null = Invoke-SandboxControl POST faults $Rule
}

function ConvertTo-TestKey {
    <# A raw key for a test. Real ones come from a prompt or a vault. #>
    param([Parameter(ValueFromPipeline)] [string] $Text)

    process { ConvertTo-SecureString $Text -AsPlainText -Force }
}

function New-PowerShellStart {
    <# How this PowerShell is started once more, with these arguments; with "dotnet pwsh.dll" the process is named dotnet. #>
    param([string[]] $Argument)

    $program = (Get-Process -Id $PID).Path
    if ([IO.Path]::GetFileNameWithoutExtension($program) -eq 'dotnet') {
        $Argument = @(Join-Path $PSHOME 'pwsh.dll') + $Argument
    }

    New-ProcessStart $program $Argument
}

function Invoke-NewPowerShell {
    <# Runs a script in a PowerShell of its own, and gives what it puts out, read back from JSON. #>
    param([scriptblock] $Script, [object[]] $Argument = @(), [hashtable] $Environment = @{}, [int] $Timeout = 60)

    # The answer goes through a file: what a child writes to its console may hold anything.
    $answer = [IO.Path]::GetTempFileName()
    $text = @"
`$ErrorActionPreference = 'Stop'
`$ProgressPreference = 'SilentlyContinue'
try {
    `$given = ConvertFrom-Json '$((ConvertTo-Json -InputObject $Argument -Compress -Depth 4) -replace "'", "''")'
    `$given = @(`$given)
    `$output = @(& { $Script } @given)
    ConvertTo-Json -InputObject @{ output = `$output } -Depth 6 | Set-Content -LiteralPath '$answer' -Encoding UTF8
}
catch {
    ConvertTo-Json -InputObject @{ error = (`$_ | Out-String) } | Set-Content -LiteralPath '$answer' -Encoding UTF8
}
"@
    try {
        $start = New-PowerShellStart '-NoProfile', '-NonInteractive', '-EncodedCommand', ([Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($text)))
        $Environment.GetEnumerator() | ForEach-Object { $start.Environment[$_.Key] = $_.Value }
        $process = [Diagnostics.Process]::Start($start)
        $process.StandardInput.Close()
        $console = $process.StandardOutput.ReadToEndAsync()
        if (-not $process.WaitForExit($Timeout * 1000)) {
            $process.Kill()
            throw "A PowerShell of its own did not end within $Timeout s."
        }

        $result = Get-Content -LiteralPath $answer -Raw -Encoding UTF8 | ConvertFrom-Json
        if (-not $result) {
            throw "A PowerShell of its own ended with $($process.ExitCode) and without an answer: $($console.Result)"
        }

        if ($result.PSObject.Properties['error']) {
            throw "In a PowerShell of its own: $($result.error)"
        }

        $result.output
    }
    finally {
        Remove-Item -LiteralPath $answer
    }
}

<#
.SYNOPSIS
What the runbooks of this folder have in common. Each loads this file; it does nothing by itself.

.DESCRIPTION
The exit codes of every runbook:

    0   Everything is done, or there was nothing to do.
    1   The run could not start. Nothing was changed.
    2   Something failed or was not completed. The audit trail has it.
    3   There was nothing to do, if -DetailedExitCode is given.
#>

$exitCode = 1
$callerErrorAction = $ErrorActionPreference
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module OpenRouter.Byok

# Runs a runbook: opens the audit trail, reports what ends the run, and leaves no colour codes in a log.
function Invoke-Runbook($Cmdlet, [string] $AuditPath, [scriptblock] $Work) {
    $style = if (Test-Path Variable:PSStyle) { $PSStyle }
    $rendering = $style.OutputRendering
    $audit = $null
    try {
        if ($style) { $style.OutputRendering = 'PlainText' }
        $audit = Open-AuditTrail $AuditPath
        & $Work
    }
    catch {
        $ErrorActionPreference = $callerErrorAction
        $Cmdlet.WriteError([Management.Automation.ErrorRecord]::new([Exception]::new("$_", $_.Exception), 'RunbookFailed', $_.CategoryInfo.Category, $_.TargetObject))
    }
    finally {
        if ($audit) { $audit.Dispose() }
        if ($style) { $style.OutputRendering = $rendering }
    }
}

# Opens the audit trail for the whole run: a run that cannot be recorded does not start. A run with -WhatIf changes
# nothing and has no audit trail.
function Open-AuditTrail([string] $Path) {
    if ($WhatIfPreference) { return }
    $file = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Path)
    try {
        $stream = [IO.File]::Open($file, [IO.FileMode]::Append, [IO.FileAccess]::Write, [IO.FileShare]::Read)
    }
    catch {
        throw "The audit trail cannot be written: $($_.Exception.GetBaseException().Message)"
    }

    $writer = [IO.StreamWriter]::new($stream)
    $writer.AutoFlush = $true
    $writer
}

# Adds a JSON line to the audit trail.
function Add-AuditLine([string] $Runbook, [Collections.IDictionary] $Line) {
    if ($audit) {
        $audit.WriteLine(([ordered]@{ time = [datetime]::UtcNow.ToString('o'); runbook = $Runbook } + $Line | ConvertTo-Json -Compress -Depth 3))
    }
}

# The parameters that choose the account. A management key from a vault gets a connection in a runspace of its own, so
# that the connection of the caller stays as it is.
function Get-AccountParameter([string] $ManagementKeyName) {
    if (-not $ManagementKeyName) { return @{} }
    $managementKey = Get-Secret -Name $ManagementKeyName
    $shell = [powershell]::Create()
    try {
        $null = $shell.AddCommand('Import-Module').AddArgument((Join-Path (Get-Module OpenRouter.Byok).ModuleBase 'OpenRouter.Byok.psd1')).AddStatement()
        $null = $shell.AddCommand('Connect-Byok').AddParameter('ApiKey', $managementKey).AddParameter('PassThru')
        @{ Connection = $shell.Invoke()[0] }
    }
    catch {
        throw $_.Exception.GetBaseException()
    }
    finally {
        $shell.Dispose()
    }
}

# The workspaces of the account: without one there is nothing to manage.
function Get-Workspace([hashtable] $Account) {
    $workspaces = @(Get-ByokWorkspace @Account)
    if ($workspaces.Count -eq 0) { throw 'The account has no workspace, or the management key cannot see any.' }
    $workspaces
}

# The rows of a list.
function Read-KeyList([string] $Path, [string[]] $Column) {
    $rows = @(Import-Csv -LiteralPath $Path -Encoding utf8)
    if ($rows.Count -eq 0) { throw "The list $Path has no rows." }
    foreach ($name in $Column) {
        if ($rows[0].PSObject.Properties.Name -notcontains $name) { throw "The list $Path has no column $name." }
    }

    $rows
}

# Checks that the vaults that a list names are registered and can be opened.
function Assert-Vault([object[]] $Row) {
    $named = @($Row | Where-Object { $_.PSObject.Properties['Secret'] -and $_.Secret })
    if ($named.Count -eq 0) { return }
    if (-not (Get-Command Get-Secret -ErrorAction Ignore)) {
        throw 'The list names secrets, but the module Microsoft.PowerShell.SecretManagement is not installed.'
    }

    $registered = @(Get-SecretVault)
    if ($registered.Count -eq 0) { throw 'The list names secrets, but no vault is registered.' }
    foreach ($vault in @($named | Where-Object { $_.PSObject.Properties['Vault'] -and $_.Vault } | ForEach-Object Vault | Sort-Object -Unique)) {
        if ($registered.Name -notcontains $vault) { throw "The vault '$vault' is not registered." }
        if (-not (Test-SecretVault -Name $vault)) { throw "The vault '$vault' cannot be opened." }
    }
}

# Checks that an account has not lost all its keys since the runs that the audit trail has: then it is another account,
# or nobody knows yet what happened to it.
function Assert-NotEmptied([object[]] $Workspace, [hashtable] $Account, [string] $AuditPath) {
    $hadKeys = (Test-Path -LiteralPath $AuditPath -PathType Leaf) -and (Select-String -LiteralPath $AuditPath -Pattern '"id":"[0-9a-f]{8}-' -Quiet)
    if ($hadKeys -and -not ($Workspace | Get-ByokKey @Account | Select-Object -First 1)) {
        throw 'The account has no keys, but it had some in earlier runs. Check the management key. If the account is empty on purpose, begin a new audit trail.'
    }
}

# Makes the keys match the rows, with exactly one line of the audit trail for each row, also if the run ends early.
function Sync-KeyList([string] $Runbook, [object[]] $Row, [hashtable] $Parameter, [string] $AuditPath, [string] $ManagementKeyName, [switch] $DetailedExitCode) {
    $outcomes = @{}
    $removals = @()
    $end = 'The run was stopped.'

    # Text in the column Id that is no id may be a raw key in the wrong column.
    $ids = @($Row | ForEach-Object { if ([guid]::TryParseExact("$($_.Id)", 'D', [ref][guid]::Empty)) { $_.Id } else { '' } })
    try {
        Assert-Vault $Row
        $account = Get-AccountParameter $ManagementKeyName
        Assert-NotEmptied -Workspace (Get-Workspace $account) -Account $account -AuditPath $AuditPath
        $Row | Sync-ByokKey @Parameter @account -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable problems | ForEach-Object {
            $script:exitCode = 2
            if ($_.Row) { $outcomes[$_.Row] = "$($_.Action)" } else { $removals += "$($_.Action)" }
            if ($_.Error) { Write-Warning $_.Error }
            Add-AuditLine $Runbook ([ordered]@{ row = $_.Row; id = $_.Id; name = $_.Name; provider = $_.Provider; workspace = $_.WorkspaceId; outcome = "$($_.Action)"; changes = $_.Changes; reason = $_.Error })
        }
        $end = "$($problems | Select-Object -Last 1)"
    }
    catch {
        $end = "$_"
        if ("$($_.TargetObject)" -match '^Row (\d+)$') {
            $script:exitCode = 2
            $number = [long]$Matches[1]
            $outcomes[$number] = 'Failed'
            Add-AuditLine $Runbook ([ordered]@{ row = $number; id = $ids[$number - 1]; outcome = 'Failed'; reason = $end })
        }
    }
    finally {
        foreach ($number in 1..$Row.Count | Where-Object { -not $outcomes.ContainsKey([long]$_) }) {
            $outcomes[[long]$number] = 'NotCompleted'
            Add-AuditLine $Runbook ([ordered]@{ row = $number; id = $ids[$number - 1]; outcome = 'NotCompleted'; reason = $end })
        }
    }

    $all = @($outcomes.Values) + $removals
    $failed = @($all | Where-Object { $_ -in 'Failed', 'NotCompleted' }).Count
    Write-Output "$($Row.Count) rows: $(Format-Count $outcomes.Values)."
    if ($removals) { Write-Output "$($removals.Count) keys without a row: $(Format-Count $removals)." }
    if ($exitCode -eq 1) { throw "$end Nothing was changed." }
    if ($failed -gt 0) { throw "$failed of $($all.Count) failed or were not completed. $end" }
    $script:exitCode = if ($DetailedExitCode -and @($all | Where-Object { $_ -ne 'Unchanged' }).Count -eq 0) { 3 } else { 0 }
}

# The totals of a run: 2 Failed, 4 Rotated.
function Format-Count([string[]] $Outcome) {
    ($Outcome | Group-Object -NoElement | Sort-Object Name | ForEach-Object { "$($_.Count) $($_.Name)" }) -join ', '
}

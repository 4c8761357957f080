<#
.SYNOPSIS
Makes the keys of an account match a list: onboarding, and desired state.

.DESCRIPTION
Reads a CSV file in which each row describes one key as it should be, and hands it to Sync-ByokKey: a key that is missing
is created, a key that differs is changed or rotated, all others stay as they are. With -Prune, keys that no row names are
removed. See about_Byok_DesiredState for the columns.

The list, the vault, the account and the audit trail are checked before the first change. A row that fails does not stop
the others. Safe to run twice.

The audit trail receives one JSON line for each row, and for each key that was removed: the time, the key and what
happened to it. No secret is in it.

Exit codes: 0, all keys are as listed; 1, could not start, nothing was changed; 2, a row failed or was not completed; 3,
there was nothing to do, if -DetailedExitCode is given.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.PARAMETER Prune
Removes the keys that no row names, within the workspaces and providers of the list.

.PARAMETER ThrottleLimit
How many changes may be in flight at once.

.PARAMETER DetailedExitCode
Ends with exit code 3 instead of 0 if there was nothing to do.

.EXAMPLE
./Import-KeyList.ps1 -Path keys.csv -AuditPath keys.audit.jsonl -WhatIf

.EXAMPLE
./Import-KeyList.ps1 -Path keys.csv -AuditPath keys.audit.jsonl -ManagementKeyName OpenRouterManagementKey
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName,
    [switch] $Prune,
    [ValidateRange(1, 64)] [int] $ThrottleLimit = 8,
    [switch] $DetailedExitCode
)

. $PSScriptRoot/Runbook.ps1
Invoke-Runbook $PSCmdlet $AuditPath {
    $how = @{ Prune = $Prune; ThrottleLimit = $ThrottleLimit }
    Sync-KeyList Import-KeyList @(Read-KeyList $Path) $how $AuditPath $ManagementKeyName -DetailedExitCode:$DetailedExitCode
}
exit $exitCode

<#
.SYNOPSIS
Rotates the keys of a list to the raw keys of a vault: the nightly rotation.

.DESCRIPTION
Reads a CSV file with the columns Id (of the key) and Secret (the name of its raw key in the vault) and, where they are
required, Vault, WorkspaceId and Provider. Sync-ByokKey compares each raw key with the stored label and sends those that
differ; on a night on which nothing changed, nothing is sent. The id, the name and the settings of a key stay; for OpenAI
and Fireworks the server sets the declared region anew from the new raw key. No key is created.

The list, the vault, the account and the audit trail are checked before the first change. A row that fails does not stop
the others. Safe to run twice.

The audit trail receives one JSON line for each row: the time, the key and what happened to it. No secret is in it.

Exit codes: 0, all keys are as listed; 1, could not start, nothing was changed; 2, a row failed or was not completed; 3,
there was nothing to do, if -DetailedExitCode is given.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.PARAMETER ThrottleLimit
How many rotations may be in flight at once.

.PARAMETER Force
Sends every raw key, even if the stored label matches it.

.PARAMETER DetailedExitCode
Ends with exit code 3 instead of 0 if there was nothing to do.

.EXAMPLE
./Invoke-KeyRotation.ps1 -Path rotation.csv -AuditPath rotation.audit.jsonl -WhatIf

.EXAMPLE
./Invoke-KeyRotation.ps1 -Path rotation.csv -AuditPath rotation.audit.jsonl -ManagementKeyName OpenRouterManagementKey
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName,
    [ValidateRange(1, 64)] [int] $ThrottleLimit = 8,
    [switch] $Force,
    [switch] $DetailedExitCode
)

. $PSScriptRoot/Runbook.ps1
Invoke-Runbook $PSCmdlet $AuditPath {
    # Only the raw key: other columns of the list change nothing, and a row without an id must not create a key.
    $id = @{ Name = 'Id'; Expression = { if ($_.Id) { $_.Id } else { '(blank)' } } }
    $rows = @(Read-KeyList $Path Id, Secret | Select-Object $id, Provider, WorkspaceId, Secret, Vault)
    $how = @{ Force = $Force; ThrottleLimit = $ThrottleLimit }
    Sync-KeyList Invoke-KeyRotation $rows $how $AuditPath $ManagementKeyName -DetailedExitCode:$DetailedExitCode
}
exit $exitCode

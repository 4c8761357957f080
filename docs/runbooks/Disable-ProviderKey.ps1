<#
.SYNOPSIS
Disables every key of a provider in every workspace: the kill switch of an incident.

.DESCRIPTION
Lists the keys of the provider in all workspaces, global keys included, disables those that are enabled, and then lists
again to check that none is left. It fails if a key could not be disabled, if one is still enabled afterwards, or if the
provider has no key at all: a misspelt slug must not look like success. Safe to run twice: keys that are already disabled
are not changed.

The audit trail receives one JSON line for each key that was enabled. To enable the same keys again:

    Get-Content disabled.audit.jsonl | ConvertFrom-Json | Where-Object outcome -EQ disabled |
        ForEach-Object id | Enable-ByokKey

.PARAMETER Provider
The slug of the provider.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.EXAMPLE
./Disable-ProviderKey.ps1 -Provider openai -AuditPath disabled.audit.jsonl
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Provider,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName
)

$ErrorActionPreference = 'Stop'
Import-Module OpenRouter.Byok

function Add-Result($Id, $Key, [string] $Outcome, [string] $Reason) {
    [ordered]@{
        time      = [datetime]::UtcNow.ToString('o')
        runbook   = 'Disable-ProviderKey'
        id        = $Id
        name      = $Key.Name
        provider  = $Provider
        workspace = $Key.WorkspaceId
        outcome   = $Outcome
        reason    = $Reason
    } | ConvertTo-Json -Compress | Add-Content $AuditPath -Encoding utf8
}

# A run that cannot be recorded does not start.
Add-Content $AuditPath '' -NoNewline -Encoding utf8

# With a management key of its own the runbook restores the connection of whoever started it.
$account = @{}
if ($ManagementKeyName) {
    $before = Get-ByokConnection
    $account.Connection = Connect-Byok (Get-Secret -Name $ManagementKeyName) -PassThru
    if ($before -and $before.Source -ne 'Environment') { Connect-Byok -Connection $before } else { Disconnect-Byok }
}

# Each key that can be disabled is disabled at once, even if another one cannot be listed or changed.
Get-ByokWorkspace @account |
    Get-ByokKey -Provider $Provider @account -ErrorAction SilentlyContinue -ErrorVariable unlisted |
    Where-Object { -not $_.Disabled } |
    Disable-ByokKey -PassThru -Confirm:$false @account -ErrorAction SilentlyContinue -ErrorVariable unchanged |
    ForEach-Object { Add-Result $_.Id $_ 'disabled' '' }
foreach ($failure in @($unlisted) + @($unchanged) | Where-Object { $_ }) {
    Add-Result "$($failure.TargetObject)" $null 'failed' "$failure"
}

$keys = @(Get-ByokWorkspace @account | Get-ByokKey -Provider $Provider @account)
$left = @($keys | Where-Object { -not $_.Disabled })
foreach ($key in $left) { Add-Result $key.Id $key 'still enabled' 'The listing afterwards has it.' }
Write-Output "$($keys.Count - $left.Count) of $($keys.Count) keys of $Provider are disabled. The audit trail is in $AuditPath."
if ($keys.Count -eq 0) { throw "There is no key of the provider '$Provider'. Check the slug." }
if ($left.Count -gt 0) { throw "$($left.Count) keys of $Provider are still enabled; see $AuditPath." }
if ($unlisted -or $unchanged) { throw "Some requests failed, but every key of $Provider is disabled now; see $AuditPath." }

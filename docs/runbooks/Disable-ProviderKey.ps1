<#
.SYNOPSIS
Takes every key of a provider out of use, in every workspace: the switch for an incident.

.DESCRIPTION
Lists the keys of the provider in all workspaces, global ones included, disables those that are in use, and then lists
again to see that none is left. It fails if a key could not be disabled, if one is still in use afterwards, or if there
is no key of the provider at all, for a misspelt slug must not look like success. Safe to run twice: keys that are
disabled already are left alone.

The audit trail gets one JSON line for each key that was in use. To take the same keys into use again:

    Get-Content disabled.audit.jsonl | ConvertFrom-Json | Where-Object outcome -EQ disabled |
        ForEach-Object id | Enable-ByokKey

.PARAMETER Provider
The slug of the provider.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the session's connection or the environment variable
OPENROUTER_MANAGEMENT_KEY.

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

if ($ManagementKeyName) { Connect-Byok (Get-Secret -Name $ManagementKeyName) }

# What can be disabled is disabled at once, even if something else cannot be listed or changed.
Get-ByokWorkspace |
    Get-ByokKey -Provider $Provider -ErrorAction SilentlyContinue -ErrorVariable unlisted |
    Where-Object { -not $_.Disabled } |
    Disable-ByokKey -PassThru -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable unchanged |
    ForEach-Object { Add-Result $_.Id $_ 'disabled' '' }
foreach ($failure in @($unlisted) + @($unchanged) | Where-Object { $_ }) {
    Add-Result "$($failure.TargetObject)" $null 'failed' "$failure"
}

$keys = @(Get-ByokWorkspace | Get-ByokKey -Provider $Provider)
$left = @($keys | Where-Object { -not $_.Disabled })
foreach ($key in $left) { Add-Result $key.Id $key 'still in use' 'Seen in the listing afterwards.' }
Write-Output "$($keys.Count - $left.Count) of $($keys.Count) keys of $Provider are out of use. The audit trail is in $AuditPath."
if ($keys.Count -eq 0) { throw "There is no key of the provider '$Provider'. Is the slug right?" }
if ($left.Count -gt 0) { throw "$($left.Count) keys of $Provider are still in use; see $AuditPath." }
if ($unlisted -or $unchanged) { throw "Not everything could be done at once, but no key of $Provider is in use now; see $AuditPath." }

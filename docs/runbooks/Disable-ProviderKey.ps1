<#
.SYNOPSIS
Disables every key of a provider in every workspace: the kill switch of an incident.

.DESCRIPTION
Lists the keys of the provider in all workspaces, global keys included, disables those that are not disabled, and then
lists again to check that none is left. A workspace that cannot be listed or a key that cannot be disabled does not stop
the others. A provider without keys is a failure: a misspelt slug must not look like success. Safe to run twice: keys that
are already disabled are not changed.

The audit trail receives one JSON line for each key that was not disabled before. To enable the same keys again:

    Get-Content disabled.audit.jsonl | ConvertFrom-Json | Where-Object outcome -EQ Disabled |
        ForEach-Object id | Enable-ByokKey

Exit codes: 0, all keys are disabled; 1, could not start, nothing was changed; 2, a key is not disabled or could not be
checked; 3, there was nothing to do, if -DetailedExitCode is given.

.PARAMETER Provider
The slug of the provider.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.PARAMETER DetailedExitCode
Ends with exit code 3 instead of 0 if there was nothing to do.

.EXAMPLE
./Disable-ProviderKey.ps1 -Provider openai -AuditPath disabled.audit.jsonl -WhatIf

.EXAMPLE
./Disable-ProviderKey.ps1 -Provider openai -AuditPath disabled.audit.jsonl
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Provider,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName,
    [switch] $DetailedExitCode
)

. $PSScriptRoot/Runbook.ps1
Invoke-Runbook $PSCmdlet $AuditPath {
    function Add-Result($Key, [string] $Outcome, [string] $Reason) {
        $outcomes[$Key.Id] = $Outcome
        Add-AuditLine Disable-ProviderKey ([ordered]@{ id = $Key.Id; name = $Key.Name; provider = $Provider; workspace = $Key.WorkspaceId; outcome = $Outcome; reason = $Reason })
    }

    $outcomes = @{}
    $account = Get-AccountParameter $ManagementKeyName
    $workspaces = @(Get-Workspace $account)

    # In an incident a workspace that cannot be listed must not protect the keys of the others.
    $found = @($workspaces | Get-ByokKey -Provider $Provider @account -ErrorAction SilentlyContinue -ErrorVariable unlisted)
    if ($found.Count -eq 0) {
        throw $(if ($unlisted) { "$($unlisted[0]) Nothing was changed." } else { "There is no key of the provider '$Provider'. Check the slug. Nothing was changed." })
    }

    $enabled = @($found | Where-Object { -not $_.Disabled })
    $after = $null
    $end = 'The run was stopped.'
    try {
        $enabled | Disable-ByokKey @account -PassThru -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable unchanged | ForEach-Object {
            $script:exitCode = 2
            Add-Result $_ Disabled
        }

        # What became of the others is shown by a listing, not by an error.
        if (-not $WhatIfPreference) { $after = @($workspaces | Get-ByokKey -Provider $Provider @account) }
    }
    catch {
        $end = "$_"
        $script:exitCode = 2
    }
    finally {
        foreach ($key in $enabled | Where-Object { -not $WhatIfPreference -and -not $outcomes.ContainsKey($_.Id) }) {
            $now = $after | Where-Object Id -EQ $key.Id
            $why = $unchanged | Where-Object { "$($_.TargetObject)" -eq $key.Id } | Select-Object -First 1
            if ($null -eq $after) { Add-Result $key NotCompleted $end }
            elseif ($now -and -not $now.Disabled) { Add-Result $key Failed "$why" }
            else { Add-Result $key Disabled "A later listing shows that it is not enabled any more. $why" }
        }
    }

    $failed = @($unlisted).Count
    if ($WhatIfPreference) {
        Write-Output "$($found.Count - $enabled.Count) of $($found.Count) keys of $Provider are disabled; $($enabled.Count) would be."
    }
    else {
        if ($null -eq $after) { throw "It is unknown whether every key of $Provider is disabled. $end" }
        $script:exitCode = 2
        $left = @($after | Where-Object { -not $_.Disabled })
        foreach ($key in $left | Where-Object { -not $outcomes.ContainsKey($_.Id) }) { Add-Result $key Failed 'It was created or enabled during the run.' }
        Write-Output "$($after.Count - $left.Count) of $($after.Count) keys of $Provider are disabled."
        if ($left.Count -gt 0) { throw "$($left.Count) keys of $Provider are still enabled. $(@($unchanged)[0])" }

        # The later listing was complete.
        $failed = 0
    }

    if ($failed -gt 0) { throw "$($unlisted[0])" }
    $script:exitCode = if ($DetailedExitCode -and $enabled.Count -eq 0) { 3 } else { 0 }
}
exit $exitCode

<#
.SYNOPSIS
Writes an inventory of all keys in all workspaces, and a summary.

.DESCRIPTION
The inventory is a CSV file that Set-ByokKey and Sync-ByokKey can read: one row for each key, with every field of the API,
times in UTC. A name that a spreadsheet would take for a formula has an apostrophe before it, which Set-ByokKey and
Sync-ByokKey do not take for a part of the name. The summary is a JSON file with the numbers of the account: keys by
provider, disabled, without a name, restricted to models. No raw key is in them, because the API never returns one.

The files are replaced only after everything was read, so a failed run leaves the earlier files. An account without keys
is a failure if the earlier inventory has keys. Safe to run twice.

Exit codes: 0, the files are written; 1, they are not, and the earlier files are unchanged; 2, only one of them is.

.PARAMETER Path
The CSV file to write.

.PARAMETER SummaryPath
The JSON file to write. Left out: beside the inventory, with the extension .summary.json.

.PARAMETER AuditPath
The file that the audit trail, one JSON line for each run, is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.EXAMPLE
./Export-KeyInventory.ps1 -Path inventory.csv -AuditPath inventory.audit.jsonl
#>
[CmdletBinding(SupportsShouldProcess)]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $SummaryPath = [IO.Path]::ChangeExtension($Path, '.summary.json'),
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName
)

. $PSScriptRoot/Runbook.ps1
Invoke-Runbook $PSCmdlet $AuditPath {
    $line = [ordered]@{ keys = 0; outcome = 'Failed'; reason = 'The run was stopped.' }
    try {
        # Both files can be written: a run does not read a whole account in vain.
        if (-not $WhatIfPreference) { Set-Content "$Path.new", "$SummaryPath.new" '' -NoNewline }
        $account = Get-AccountParameter $ManagementKeyName
        $workspaces = @(Get-Workspace $account)
        $keys = @($workspaces | Get-ByokKey @account)
        if ($keys.Count -eq 0 -and (Test-Path -LiteralPath $Path) -and @(Import-Csv -LiteralPath $Path -Encoding utf8).Count -gt 0) {
            throw "The account has no keys, but the earlier inventory has some. Check the management key. If the account is empty on purpose, remove $Path."
        }

        $name = @{ Name = 'Name'; Expression = { $_.Name -replace "^[=+\-@\t\r']", "'$&" } }
        $created = @{ Name = 'CreatedAt'; Expression = { if ($_.CreatedAt) { $_.CreatedAt.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture) } } }
        $inventory = $keys | Select-Object Id, $name, Provider, Label, Disabled, IsFallback, IsRequired, IsByokOnly, DeclaredZdr, DeclaredRegion, AllowedModels, AllowedApiKeyHashes, AllowedUserIds, SortOrder, WorkspaceId, $created
        $summary = [ordered]@{
            time             = [datetime]::UtcNow.ToString('o')
            workspaces       = $workspaces.Count
            keys             = $keys.Count
            global           = @($keys | Where-Object { -not $_.WorkspaceId }).Count
            disabled         = @($keys | Where-Object Disabled).Count
            withoutName      = @($keys | Where-Object { -not $_.Name }).Count
            modelsRestricted = @($keys | Where-Object AllowedModels).Count
            providers        = @($keys | Group-Object Provider | Sort-Object Name | ForEach-Object {
                    [ordered]@{ provider = $_.Name; keys = $_.Count; disabled = @($_.Group | Where-Object Disabled).Count }
                })
        }

        if ($Cmdlet.ShouldProcess("$Path and $SummaryPath", "Write the inventory of $($keys.Count) keys")) {
            $inventory | Export-Csv "$Path.new" -NoTypeInformation -Encoding utf8
            $summary | ConvertTo-Json -Depth 4 | Set-Content "$SummaryPath.new" -Encoding utf8
            Move-Item "$Path.new" $Path -Force
            $script:exitCode = 2
            Move-Item "$SummaryPath.new" $SummaryPath -Force
            Write-Output "The inventory of $($keys.Count) keys is in $Path, the summary in $SummaryPath."
        }

        $line.keys = $keys.Count
        $line.outcome = 'Written'
        $line.reason = ''
        $script:exitCode = 0
    }
    catch {
        $line.reason = "$_"
        throw
    }
    finally {
        if (-not $WhatIfPreference) { Remove-Item "$Path.new", "$SummaryPath.new" -ErrorAction Ignore }
        Add-AuditLine Export-KeyInventory $line
    }
}
exit $exitCode

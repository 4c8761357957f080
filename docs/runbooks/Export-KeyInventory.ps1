<#
.SYNOPSIS
Writes an inventory of all keys in all workspaces, and a summary.

.DESCRIPTION
The inventory is a CSV file that Set-ByokKey and Sync-ByokKey can read: one row for each key, with every field of the API,
times in UTC. The summary is a JSON file with the numbers of the account: keys by provider, disabled, without a name,
restricted to models. The files are replaced only after everything was read, so a failed run leaves the earlier files.
Safe to run twice. No raw key is in them, because the API never returns one.

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
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [string] $SummaryPath = [IO.Path]::ChangeExtension($Path, '.summary.json'),
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName
)

$ErrorActionPreference = 'Stop'
Import-Module OpenRouter.Byok

$audit = [ordered]@{ time = [datetime]::UtcNow.ToString('o'); runbook = 'Export-KeyInventory'; keys = 0; outcome = 'failed'; reason = '' }
try {
    # With a management key of its own the runbook restores the connection of whoever started it.
    $account = @{}
    if ($ManagementKeyName) {
        $before = Get-ByokConnection
        $account.Connection = Connect-Byok (Get-Secret -Name $ManagementKeyName) -PassThru
        if ($before -and $before.Source -ne 'Environment') { Connect-Byok -Connection $before } else { Disconnect-Byok }
    }

    $created = @{ Name = 'CreatedAt'; Expression = { if ($_.CreatedAt) { $_.CreatedAt.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ', [cultureinfo]::InvariantCulture) } } }
    $workspaces = @(Get-ByokWorkspace @account)
    $keys = @($workspaces | Get-ByokKey @account)
    $keys |
        Select-Object Id, Name, Provider, Label, Disabled, IsFallback, IsRequired, IsByokOnly, DeclaredZdr, DeclaredRegion, AllowedModels, AllowedApiKeyHashes, AllowedUserIds, SortOrder, WorkspaceId, $created |
        Export-Csv "$Path.new" -NoTypeInformation -Encoding utf8

    [ordered]@{
        time             = $audit.time
        workspaces       = $workspaces.Count
        keys             = $keys.Count
        global           = @($keys | Where-Object { -not $_.WorkspaceId }).Count
        disabled         = @($keys | Where-Object Disabled).Count
        withoutName      = @($keys | Where-Object { -not $_.Name }).Count
        modelsRestricted = @($keys | Where-Object AllowedModels).Count
        providers        = @($keys | Group-Object Provider | Sort-Object Name | ForEach-Object {
                [ordered]@{ provider = $_.Name; keys = $_.Count; disabled = @($_.Group | Where-Object Disabled).Count }
            })
    } | ConvertTo-Json -Depth 4 | Set-Content "$SummaryPath.new" -Encoding utf8

    Move-Item "$Path.new" $Path -Force
    Move-Item "$SummaryPath.new" $SummaryPath -Force
    $audit.keys = $keys.Count
    $audit.outcome = 'written'
}
catch {
    $audit.reason = "$_"
    Remove-Item "$Path.new", "$SummaryPath.new" -ErrorAction Ignore
    throw
}
finally {
    $audit | ConvertTo-Json -Compress | Add-Content $AuditPath -Encoding utf8
}

Write-Output "The inventory of $($keys.Count) keys is in $Path, the summary in $SummaryPath."

<#
.SYNOPSIS
Creates the keys of a list that do not exist yet: onboarding from a CSV file.

.DESCRIPTION
Reads a CSV file with the columns Provider, Name and Secret (the name of the raw key in a vault) or KeyPath (a file with
the raw key), and any of the columns Vault, WorkspaceId, Disabled, IsFallback, IsRequired, IsByokOnly, DeclaredZdr,
DeclaredRegion, AllowedModels, AllowedApiKeyHashes and AllowedUserIds. A blank cell is ignored.

A row is skipped if its provider already has a key with its name in the workspace, so the list can be run twice, also
after a run that failed half-way. That is why each row requires a name of its own. A row that fails does not stop the
others; at the end the script fails if any row failed.

The audit trail receives one JSON line for each row: the time, the key and the outcome. No secret is in it.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.EXAMPLE
./Import-KeyList.ps1 -Path new-keys.csv -AuditPath onboarding.audit.jsonl
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName
)

$ErrorActionPreference = 'Stop'
Import-Module OpenRouter.Byok

$rows = @(Import-Csv $Path -Encoding utf8)
if ($rows.Count -eq 0) { throw "$Path has no rows. Nothing was sent." }
foreach ($column in 'Provider', 'Name') {
    if ($rows[0].PSObject.Properties.Name -notcontains $column) { throw "$Path has no column $column. Nothing was sent." }
}

$count = @{ created = 0; present = 0; failed = 0 }
function Add-Result($Row, [string] $Id, [string] $Outcome, [string] $Reason) {
    $count[$Outcome]++
    [ordered]@{
        time     = [datetime]::UtcNow.ToString('o')
        runbook  = 'Import-KeyList'
        id       = $Id
        name     = $Row.Name
        provider = $Row.Provider
        outcome  = $Outcome
        reason   = $Reason
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

# The keys that exist, by workspace; the default workspace is ''. Names are compared exactly.
$present = @{}
$rows | ForEach-Object { "$($_.PSObject.Properties['WorkspaceId'].Value)" } | Sort-Object -Unique | ForEach-Object {
    $workspace = if ($_) { @{ WorkspaceId = $_ } } else { @{} }
    $names = $present[$_] = [Collections.Generic.Dictionary[string, string]]::new()
    Get-ByokKey @workspace @account | ForEach-Object { $names["$($_.Provider)`n$($_.Name)"] = $_.Id }
}

foreach ($row in $rows) {
    try {
        if (-not $row.Name) { throw 'A name is required: without it a second run would create the key again.' }
        $names = $present["$($row.PSObject.Properties['WorkspaceId'].Value)"]
        $name = "$($row.Provider)`n$($row.Name)"
        if ($names.ContainsKey($name)) {
            Add-Result $row $names[$name] 'present' ''
            continue
        }

        $new = $row | Select-Object * -ExcludeProperty Secret, Vault
        if ($row.PSObject.Properties['Secret'] -and $row.Secret) {
            $vault = if ($row.PSObject.Properties['Vault'] -and $row.Vault) { @{ Vault = $row.Vault } } else { @{} }
            $new | Add-Member -NotePropertyName Key -NotePropertyValue (Get-Secret -Name $row.Secret @vault)
        }

        $key = $new | New-ByokKey -Confirm:$false @account
        $names[$name] = $key.Id
        Add-Result $row $key.Id 'created' ''
    }
    catch {
        Add-Result $row '' 'failed' "$_"
    }
}

Write-Output "Of $($rows.Count) keys $($count.created) were created and $($count.present) exist already. The audit trail is in $AuditPath."
if ($count.failed -gt 0) { throw "$($count.failed) of $($rows.Count) keys were not created; see $AuditPath." }

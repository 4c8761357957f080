<#
.SYNOPSIS
Creates the keys of a list that are not there yet: onboarding from a CSV file.

.DESCRIPTION
Reads a CSV file with the columns Provider, Name and Secret (the name of the raw key in a vault) or KeyPath (a credential
file), and any of the columns Vault, WorkspaceId, Disabled, IsFallback, IsRequired, IsByokOnly, DeclaredZdr,
DeclaredRegion, AllowedModels, AllowedApiKeyHashes and AllowedUserIds. A blank cell is ignored.

A row whose name the provider already has in the workspace is passed over, so the list can be run twice, also after a
run that failed half-way. That is why each row needs a name of its own. A row that fails does not stop the others; at
the end the script fails if any row failed.

The audit trail gets one JSON line for each row: when, which key, and what became of it. No secret is in it.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the session's connection or the environment variable
OPENROUTER_MANAGEMENT_KEY.

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
foreach ($column in 'Provider', 'Name') {
    if ($rows.Count -gt 0 -and $rows[0].PSObject.Properties.Name -notcontains $column) { throw "$Path has no column $column. Nothing was sent." }
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

if ($ManagementKeyName) { Connect-Byok (Get-Secret -Name $ManagementKeyName) }

# What is there, by workspace: the default one under ''. A name is matched exactly.
$present = @{}
$rows | ForEach-Object { "$($_.PSObject.Properties['WorkspaceId'].Value)" } | Sort-Object -Unique | ForEach-Object {
    $workspace = if ($_) { @{ WorkspaceId = $_ } } else { @{} }
    $names = $present[$_] = [Collections.Generic.Dictionary[string, string]]::new()
    Get-ByokKey @workspace | ForEach-Object { $names["$($_.Provider)`n$($_.Name)"] = $_.Id }
}

foreach ($row in $rows) {
    try {
        if (-not $row.Name) { throw 'The row has no name, so a second run could not tell that it is done.' }
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

        # Mandatory parameters come from the row; one that is missing must fail here and not ask.
        $key = $new | New-ByokKey -Confirm:$false
        $names[$name] = $key.Id
        Add-Result $row $key.Id 'created' ''
    }
    catch {
        Add-Result $row '' 'failed' "$_"
    }
}

Write-Output "Of $($rows.Count) keys $($count.created) were created and $($count.present) were there already. The audit trail is in $AuditPath."
if ($count.failed -gt 0) { throw "$($count.failed) of $($rows.Count) keys were not created; see $AuditPath." }

<#
.SYNOPSIS
Rotates the keys of a list to what a vault holds for them: the nightly rotation.

.DESCRIPTION
Reads a CSV file with the columns Id (of the credential) and Secret (its name in the vault) and, if secrets come from
several vaults, Vault. Each raw key is taken from the vault and sent; id, name and settings of the credential stay.

A row that fails does not stop the others. At the end the script fails if any row failed or was not reached, so that
the scheduler sees it. Safe to run twice: rotating to the same raw key changes nothing.

The audit trail gets one JSON line for each row: when, which credential, its new label, and what became of it. No secret
is in it.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the session's connection or the environment variable
OPENROUTER_MANAGEMENT_KEY.

.PARAMETER ThrottleLimit
How many rotations may be under way at once.

.EXAMPLE
./Invoke-KeyRotation.ps1 -Path rotation.csv -AuditPath rotation.audit.jsonl -ManagementKeyName OpenRouterManagementKey
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $AuditPath,
    [string] $ManagementKeyName,
    [ValidateRange(1, 64)] [int] $ThrottleLimit = 8
)

$ErrorActionPreference = 'Stop'
Import-Module OpenRouter.Byok

$rows = @(Import-Csv $Path -Encoding utf8)
foreach ($column in 'Id', 'Secret') {
    if ($rows.Count -gt 0 -and $rows[0].PSObject.Properties.Name -notcontains $column) { throw "$Path has no column $column. Nothing was sent." }
}

$result = @{}
function Add-Result([string] $Id, [string] $Outcome, $Key, [string] $Reason) {
    $result[$Id] = $Outcome
    [ordered]@{
        time     = [datetime]::UtcNow.ToString('o')
        runbook  = 'Invoke-KeyRotation'
        id       = $Id
        name     = $Key.Name
        provider = $Key.Provider
        label    = $Key.Label
        outcome  = $Outcome
        reason   = $Reason
    } | ConvertTo-Json -Compress | Add-Content $AuditPath -Encoding utf8
}

if ($ManagementKeyName) { Connect-Byok (Get-Secret -Name $ManagementKeyName) }

$number = 0
foreach ($row in $rows) {
    $number++
    # What is no id may be anything, a raw key too: the audit trail gets the number of the row.
    if (-not [guid]::TryParseExact($row.Id, 'D', [ref][guid]::Empty)) {
        $row.Id = "Row $number"
        Add-Result $row.Id 'failed' $null 'The id is missing or is not a UUID.'
    }
}

try {
    $rows | Where-Object { -not $result.ContainsKey($_.Id) } | ForEach-Object {
        $row = $_
        try {
            $vault = if ($row.PSObject.Properties['Vault'] -and $row.Vault) { @{ Vault = $row.Vault } } else { @{} }
            [pscustomobject]@{ Id = $row.Id; Key = Get-Secret -Name $row.Secret @vault }
        }
        catch {
            Add-Result $row.Id 'failed' $null "The vault did not give the secret '$($row.Secret)': $_"
        }
    } |
        Set-ByokKey -PassThru -ThrottleLimit $ThrottleLimit -Confirm:$false -ErrorAction SilentlyContinue -ErrorVariable failures |
        ForEach-Object { Add-Result $_.Id 'rotated' $_ '' }
}
finally {
    # Also when the command ended early, each row has its line.
    foreach ($failure in $failures) {
        $id = "$($failure.TargetObject)"
        if ($id -and -not $result.ContainsKey($id)) { Add-Result $id 'failed' $null "$failure" }
    }

    foreach ($row in $rows | Where-Object { -not $result.ContainsKey($_.Id) }) { Add-Result $row.Id 'not done' $null 'The run ended before this row.' }
}

$rotated = @($result.Values | Where-Object { $_ -eq 'rotated' }).Count
Write-Output "Rotated $rotated of $($rows.Count) keys. The audit trail is in $AuditPath."
if ($rotated -lt $result.Count) { throw "$($result.Count - $rotated) of $($result.Count) keys were not rotated; see $AuditPath." }

<#
.SYNOPSIS
Rotates the keys of a list to the raw keys of a vault: the nightly rotation.

.DESCRIPTION
Reads a CSV file with the columns Id (of the key) and Secret (the name of its raw key in the vault) and, if secrets come
from several vaults, Vault. Each raw key is read from the vault and sent. The id, the name and the settings of the key stay;
for OpenAI and Fireworks the server sets the declared region anew from the new raw key.

A row that fails does not stop the others. At the end the script fails if a row failed or was not reached, so that the
scheduler reports it. Safe to run twice: rotating to the same raw key changes nothing.

The audit trail receives one JSON line for each row: the time, the key, its new label and the outcome. No secret is in it.

.PARAMETER Path
The CSV file.

.PARAMETER AuditPath
The file that the audit trail is added to.

.PARAMETER ManagementKeyName
The name of the management key in the vault. Left out: the connection of the runspace or the session, else the
environment variable OPENROUTER_MANAGEMENT_KEY.

.PARAMETER ThrottleLimit
How many rotations may be in flight at once.

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
if ($rows.Count -eq 0) { throw "$Path has no rows. Nothing was sent." }
foreach ($column in 'Id', 'Secret') {
    if ($rows[0].PSObject.Properties.Name -notcontains $column) { throw "$Path has no column $column. Nothing was sent." }
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

# A run that cannot be recorded does not start.
Add-Content $AuditPath '' -NoNewline -Encoding utf8

# With a management key of its own the runbook restores the connection of whoever started it.
$account = @{}
if ($ManagementKeyName) {
    $before = Get-ByokConnection
    $account.Connection = Connect-Byok (Get-Secret -Name $ManagementKeyName) -PassThru
    if ($before -and $before.Source -ne 'Environment') { Connect-Byok -Connection $before } else { Disconnect-Byok }
}

$number = 0
foreach ($row in $rows) {
    $number++
    # A value that is no id may be a raw key: the audit trail receives the row number instead.
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
            Add-Result $row.Id 'failed' $null "The secret '$($row.Secret)' could not be read: $_"
        }
    } |
        Set-ByokKey -PassThru -ThrottleLimit $ThrottleLimit -Confirm:$false @account -ErrorAction SilentlyContinue -ErrorVariable failures |
        ForEach-Object { Add-Result $_.Id 'rotated' $_ '' }
}
finally {
    # Each row has its line, also if the command stopped early.
    foreach ($failure in $failures) {
        $id = "$($failure.TargetObject)"
        if ($id -and -not $result.ContainsKey($id)) { Add-Result $id 'failed' $null "$failure" }
    }

    foreach ($row in $rows | Where-Object { -not $result.ContainsKey($_.Id) }) { Add-Result $row.Id 'not done' $null 'The run stopped before this row.' }
}

$rotated = @($result.Values | Where-Object { $_ -eq 'rotated' }).Count
Write-Output "Rotated $rotated of $($rows.Count) keys. The audit trail is in $AuditPath."
if ($rotated -lt $result.Count) { throw "$($result.Count - $rotated) of $($result.Count) keys were not rotated; see $AuditPath." }

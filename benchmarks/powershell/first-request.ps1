<# The first request of a new session against later ones, with this module or with Invoke-RestMethod; each with its module imported before. #>
param(
    [Parameter(Mandatory)]
    [ValidateSet('module', 'rest')]
    [string] $With,

    [string] $ModulePath
)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$headers = @{ Authorization = "Bearer $env:OPENROUTER_MANAGEMENT_KEY" }
$module = $With -eq 'module' ? $ModulePath : 'Microsoft.PowerShell.Utility'
$request = $With -eq 'module' ? { Get-ByokKey -First 1 } : { Invoke-RestMethod "$env:OPENROUTER_BASE_URL/byok?limit=2" -Headers $headers }
Import-Module $module
$clock = [System.Diagnostics.Stopwatch]::new()
$times = foreach ($attempt in 1..12) {
    $clock.Restart()
    $null = & $request
    $clock.Elapsed.TotalMilliseconds
}
$later = @($times[2..11] | Sort-Object)[4]
[Console]::Out.WriteLine((@{ first = $times[0]; later = $later } | ConvertTo-Json -Compress))

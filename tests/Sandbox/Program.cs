using OpenRouter.Byok.Sandbox;

// A sandbox for other processes: prints its address, and ends when its input does, or with Ctrl+C.
var arguments = new ConfigurationBuilder().AddCommandLine(args).Build();
var options = arguments.Get<SandboxOptions>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new();
await using var server = await SandboxServer.StartAsync(options with { ControlEndpoint = true });
if (options.CertificateFile is { } file)
{
    await File.WriteAllTextAsync(file, server.Certificate!.ExportCertificatePem());
}

Console.WriteLine(server.BaseUri);
await Console.OpenStandardInput().CopyToAsync(Stream.Null);

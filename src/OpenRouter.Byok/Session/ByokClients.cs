using System.Runtime.CompilerServices;
using OpenRouter.Byok.Client;

namespace OpenRouter.Byok.Session;

/// <summary>
/// One client for each connection, as long as the connection exists: its limits, and the keys that it created, are kept
/// from command to command. Using this type loads the HTTP core, so a cmdlet uses it only in the work that sends.
/// </summary>
internal static class ByokClients
{
    private static readonly ConditionalWeakTable<ByokConnection, ByokClient> Clients = new();

    internal static ByokClient For(ByokConnection connection) => Clients.GetValue(connection, static made => new ByokClient(made));
}

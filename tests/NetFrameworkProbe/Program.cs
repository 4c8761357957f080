using System.Reflection;
using System.Runtime.CompilerServices;

namespace OpenRouter.Byok.NetFrameworkProbe;

/// <summary>Loads the module and runs one command for each line of its input, with one response for each.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        Load(arguments[0]);
        Answer();
        return 0;
    }

    /// <summary>Separate from <see cref="Main"/>: compiling this method loads the client, which needs the module's loader.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Answer() => Account.AnswerAsync(Console.In, Console.Out).GetAwaiter().GetResult();

    /// <summary>As Import-Module does: loads the module's assembly and lets it register its loader.</summary>
    private static void Load(string desktop)
    {
        Assembly module = Assembly.LoadFrom(Path.Combine(desktop, "OpenRouter.Byok.dll"));
        Assembly.LoadFrom(Path.Combine(desktop, "OpenRouter.Byok.Model.dll"));

        // The part of OnImport that does not need an engine.
        MethodInfo register = module.GetType("OpenRouter.Byok.ModuleInitializer", throwOnError: true)
            .GetMethod("Register", BindingFlags.NonPublic | BindingFlags.Static)
            ?? throw new MissingMethodException("ModuleInitializer.Register");
        register.Invoke(null, null);

        // This program also uses types of the module, and must get the loaded ones. The loader loads them for the module
        // only, so what the client's signatures name is loaded through the client.
        AppDomain.CurrentDomain.AssemblyResolve += (_, request) => AppDomain.CurrentDomain.GetAssemblies()
            .FirstOrDefault(assembly => assembly.GetName().Name == new AssemblyName(request.Name).Name);
        Type client = Assembly.Load("OpenRouter.Byok.Client").GetType("OpenRouter.Byok.Client.ByokClient", throwOnError: true);
        GC.KeepAlive(client.GetConstructors().Single().GetParameters());
        Type listing = client.GetMethod("ListKeysAsync").ReturnType;
        GC.KeepAlive(listing.Assembly.GetType("System.IAsyncDisposable", throwOnError: true).GetMethod("DisposeAsync").ReturnType);
    }
}

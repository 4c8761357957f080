using System.Management.Automation;
using System.Reflection;
using OpenRouter.Byok.Session;
#if NET
using System.Runtime.InteropServices;
using System.Runtime.Loader;
#endif

namespace OpenRouter.Byok;

/// <summary>
/// Makes the HTTP core and its packages loadable, isolated from other modules and their versions of the same
/// packages. It loads none of them itself: the first request does.
/// </summary>
public sealed class ModuleInitializer : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private const string Core = "OpenRouter.Byok.Client";
    private static readonly string Folder = Path.Combine(Path.GetDirectoryName(typeof(ModuleInitializer).Assembly.Location)!, "dependencies");
    private static int s_isRegistered;

    /// <inheritdoc/>
    public void OnImport()
    {
        ByokSession.Enter();
        if (Interlocked.Exchange(ref s_isRegistered, 1) == 0)
        {
            Register();

            // A user may write [OpenRouter.Byok.ByokKey] before any command uses it; the engine searches the loaded
            // assemblies.
            GC.KeepAlive(typeof(ByokKey));
        }
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => ByokSession.Leave();

#if NET
    // The engine loads this assembly into the default context, which calls this handler for assemblies that it does not
    // find.
    private static void Register() => AssemblyLoadContext.Default.Resolving += static (_, name) =>
        name.Name == Core ? DependencyContext.Instance.Value.LoadFromAssemblyName(name) : null;

    private sealed class DependencyContext() : AssemblyLoadContext("OpenRouter.Byok")
    {
        internal static readonly Lazy<DependencyContext> Instance = new(static () => new DependencyContext());

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            // Both load contexts share one model assembly.
            if (assemblyName.Name == typeof(ByokKey).Assembly.GetName().Name)
            {
                return typeof(ByokKey).Assembly;
            }

            return Find(assemblyName.Name + ".dll") is { } path ? LoadFromAssemblyPath(path) : null;
        }

        /// <summary>The assembly compiled for this system if the module has one, else the one for every system.</summary>
        private static string? Find(string file)
        {
            string compiled = Path.Combine(Folder, RuntimeInformation.RuntimeIdentifier, file);
            string common = Path.Combine(Folder, file);
            return File.Exists(compiled) ? compiled : File.Exists(common) ? common : null;
        }
    }
#else
    private static readonly Dictionary<string, Assembly> Loaded = new(StringComparer.OrdinalIgnoreCase);

    private static void Register() => AppDomain.CurrentDomain.AssemblyResolve += static (_, request) =>
    {
        // Only for our own assemblies: other modules resolve theirs.
        string? from = request.RequestingAssembly is { IsDynamic: false } asking ? Path.GetDirectoryName(asking.Location) : null;
        var name = new AssemblyName(request.Name);
        bool isOurs = string.Equals(from, Folder, StringComparison.OrdinalIgnoreCase)
            || request.RequestingAssembly == typeof(ModuleInitializer).Assembly
            || name.Name == Core;
        if (!isOurs)
        {
            return null;
        }

        if (name.Name == typeof(ByokKey).Assembly.GetName().Name)
        {
            return typeof(ByokKey).Assembly;
        }

        string path = Path.Combine(Folder, name.Name + ".dll");
        lock (Loaded)
        {
            if (!Loaded.TryGetValue(path, out Assembly? assembly) && File.Exists(path))
            {
                // Without a load context, beside any version that another module loaded.
                assembly = Assembly.LoadFile(path);
                Loaded.Add(path, assembly);
            }

            return assembly;
        }
    };
#endif
}

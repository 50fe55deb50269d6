using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Documentation.Tests;

/// <summary>Compiles an example as a console program and runs it in this process.</summary>
internal static class ExampleProgram
{
    // What "ImplicitUsings" of a console project brings.
    private const string Usings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using "
        + "System.Net.Http; "
        + "global using System.Threading; global using System.Threading.Tasks;";

    private static readonly MetadataReference[] References =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>The program's source: usings first, then statements, then types, as C# asks for.</summary>
    /// <param name="example">The example.</param>
    public static string SourceOf(Example example)
    {
        CompilationUnitSyntax[] parts =
        [
            SyntaxFactory.ParseCompilationUnit(example.Setup),
            SyntaxFactory.ParseCompilationUnit(AsStatement(example.Code)),
        ];
        var usings = parts.SelectMany(part => part.Usings).Select(line => line.ToString()).Distinct();
        var statements = parts
            .SelectMany(part => part.Members)
            .Where(member => member is GlobalStatementSyntax)
            .Select(member => member.ToFullString());
        var types = parts
            .SelectMany(part => part.Members)
            .Where(member => member is not GlobalStatementSyntax)
            .Select(member => member.ToFullString());
        return string.Join('\n', [.. usings, .. statements, ";", .. types]);
    }

    /// <summary>Runs the example in the current folder; gives what it printed.</summary>
    /// <param name="example">The example.</param>
    /// <exception cref="InvalidDataException">The example does not compile; the message has the compiler's.</exception>
    public static string Run(Example example)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        var compilation = CSharpCompilation.Create(
            $"Example{Guid.NewGuid():N}",
            [CSharpSyntaxTree.ParseText(Usings, options), CSharpSyntaxTree.ParseText(SourceOf(example), options)],
            References,
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var file = new MemoryStream();
        var result = compilation.Emit(file);
        if (!result.Success)
            throw new InvalidDataException(
                string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        var main = Assembly.Load(file.ToArray()).EntryPoint!;
        var console = Console.Out;
        using var printed = new StringWriter();
        Console.SetOut(printed);
        try
        {
            RuntimeHelpers.RunClassConstructor(main.DeclaringType!.TypeHandle);
            main.Invoke(
                null,
                BindingFlags.DoNotWrapExceptions,
                null,
                main.GetParameters().Length == 0 ? [] : [Array.Empty<string>()],
                null);
        }
        finally
        {
            Console.SetOut(console);
        }

        return printed.ToString();
    }

    // A block may be one expression: a change of the scene, say.
    private static string AsStatement(string code) =>
        SyntaxFactory.ParseExpression(code).ContainsDiagnostics ? code : $"_ = {code.TrimEnd()};\n";
}

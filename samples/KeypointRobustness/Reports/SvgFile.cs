using System.Text;
using RobustPruning.Data;
using RobustPruning.Models;

namespace KeypointRobustness.Reports;

/// <summary>Plots as files of their own, readable on light and dark screens.</summary>
internal static class SvgFile
{
    // What the report's page gives to plots inside it.
    private const string Style =
        "<style>svg{color:#1d2228;background:#fff}@media (prefers-color-scheme:dark){svg{color:#e6e8ea;background:#15181c}}</style>";

    /// <summary>Writes a plot; the file appears whole or not at all.</summary>
    /// <param name="path">The file; an existing one is replaced.</param>
    /// <param name="svg">An svg element from one of the plots.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(string path, string svg) =>
        AtomicFile.Write(path, Encoding.UTF8.GetBytes(svg.Insert(svg.IndexOf('>') + 1, Style)));
}

using KeypointRobustness.Commands;
using RobustPruning.Perturbations;

namespace KeypointRobustness.Reproduction;

/// <summary>A change of light to be robust against.</summary>
/// <param name="Name">Its name in files and tables.</param>
/// <param name="Brightness">Brightness may change by up to this, in both directions.</param>
/// <param name="Contrast">Contrast may change by up to this, in both directions.</param>
internal sealed record LightChange(string Name, double Brightness, double Contrast)
{
    /// <summary>The images that it reaches.</summary>
    public SemanticSet Set => CommonOptions.Light(Brightness, Contrast);
}

"""Mesa-objectives beside the base objective: its weights, the plane both are drawn in, who avoids all there is."""
